/**
 * A turn yields to the poll when its time is up: MAX_SECONDS after its start, or MAX_SECONDS_WITH_EVENTS if the poll before it brought events.
 * Their answers leave when the turn is over, and more events are probably on their way. Decision 0045 has the figures.
 */
const MAX_SECONDS = 0.0004;
const MAX_SECONDS_WITH_EVENTS = 0.0001;

/**
 * Reading the clock costs as much as a few small batches. A first turn reads it after FIRST_BATCHES, because few turns have so many. A turn
 * that continues another reads it after its first batch, so that slow callbacks are noticed at once. From then on both read it half as
 * often each time, and at least every MAX_BATCHES.
 */
const FIRST_BATCHES = 8;
const MAX_BATCHES = 32;

/**
 * How long a turn may run batch after batch. While callbacks keep enqueueing callbacks, a turn runs many batches, since asking the system for
 * events costs more than a small batch. But a connection must not wait long for the poll that notices it.
 */
export class TurnTime {
  /** How many batches this turn still runs before it reads the clock. */
  #batchesLeft = 0;
  /** How many batches it runs between the last reading and the next. */
  #batchesBetween = 0;
  /** When this turn started, in seconds; 0 until it has read the clock. Set by isUp() for the turn that continues this one. */
  #start = 0;
  /** Whether something was enqueued between the turns since the last call of isUp() that returned true. */
  #hadEvents = false;

  /** Called when something is enqueued between two turns. */
  onEvent(): void {
    this.#hadEvents = true;
  }

  /** Called when a turn starts. */
  begin(): void {
    this.#batchesLeft = this.#batchesBetween = this.#start === 0 ? FIRST_BATCHES : 1;
  }

  /** Called when a turn ends because nothing is ready. The next turn is a first one. */
  end(): void {
    this.#start = 0;
    this.#hadEvents = false;
  }

  /** Called after each batch if more is ready: whether the turn must yield. The next turn continues this one. */
  isUp(): boolean {
    if (--this.#batchesLeft > 0) return false;
    const now = performance.now() / 1000;
    if (this.#start === 0) {
      this.#start = now;
    } else if (now - this.#start >= (this.#hadEvents ? MAX_SECONDS_WITH_EVENTS : MAX_SECONDS)) {
      this.#start = now;
      this.#hadEvents = false;
      return true;
    }
    this.#batchesLeft = this.#batchesBetween = Math.min(2 * this.#batchesBetween, MAX_BATCHES);
    return false;
  }
}
