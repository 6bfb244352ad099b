// The counted process of `npm run counts`; the argument is the name of its workload. It marks the end of each segment of its work by a call of
// os.getPriority(), whose C function nothing else calls: there callgrind writes its counters to a file and starts again at zero.
import { readSync, writeSync } from "node:fs";
import os from "node:os";
import v8 from "node:v8";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { awaitFutures } from "../micro/async.js";
import { awaitFutures as awaitFuturesInGenerators } from "../micro/generators.js";
import type { Main } from "../micro/workload.js";
import { announce } from "../servers/common.js";
import { findWorkload, futuresPerTask, roundBytes, type RoundShape, type Workload } from "./workloads.js";

/** The descriptor of the channel to the process with the clients. */
const CHANNEL = 3;

function mark(): void {
  os.getPriority();
}

/**
 * Counts a server's messages, in rounds. The last message of a round stops this process until the clients have sent the next round. All
 * messages of a round are therefore in the sockets when the loop polls, and every turn has the same work in every run.
 */
class Rounds {
  readonly finished = asyncio.getRunningLoop().createFuture<void>();
  readonly #load: RoundShape;
  readonly #last: number;
  readonly #byte = new Uint8Array(1);
  #connected = 0;
  #bytes = 0;
  #rounds = 0;

  constructor({ load, warmup, measured }: Workload) {
    this.#load = load!;
    this.#last = (warmup + measured) * load!.rounds;
  }

  connected(): void {
    if (++this.#connected === this.#load.connections) this.#next();
  }

  received(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < roundBytes(this.#load)) return;
    this.#bytes = 0;
    this.#rounds++;
    if (this.#rounds % this.#load.rounds === 0) mark();
    if (this.#rounds === this.#last) this.finished.setResult(undefined);
    else this.#next();
  }

  #next(): void {
    writeSync(CHANNEL, this.#byte);
    if (readSync(CHANNEL, this.#byte) === 0) throw new Error("the process with the clients has closed the channel");
  }
}

class Echo extends asyncio.Protocol {
  readonly #rounds: Rounds;
  #transport!: asyncio.Transport;

  constructor(rounds: Rounds) {
    super();
    this.#rounds = rounds;
  }

  override connectionMade(transport: asyncio.Transport): void {
    this.#transport = transport;
    this.#rounds.connected();
  }

  override dataReceived(data: Buffer): void {
    this.#transport.write(data);
    this.#rounds.received(data.length);
  }
}

async function echo(workload: Workload): Promise<void> {
  const rounds = new Rounds(workload);
  announce(await asyncio.getRunningLoop().createServer(() => new Echo(rounds), "127.0.0.1", 0));
  await rounds.finished;
}

async function linesAsync(workload: Workload): Promise<void> {
  const rounds = new Rounds(workload);
  async function echoLines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
    rounds.connected();
    for (;;) {
      const line = await reader.readline();
      if (line.length === 0) break;
      writer.write(line);
      await writer.drain();
      rounds.received(line.length);
    }
    writer.close();
  }
  announce(await asyncio.startServer(echoLines, "127.0.0.1", 0));
  await rounds.finished;
}

// All generators, so that no async function becomes a task in this process.
const linesGenerators = asyncio.coroutine(function* (workload: Workload) {
  const rounds = new Rounds(workload);
  const echoLines = asyncio.coroutine(function* (reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
    rounds.connected();
    for (;;) {
      const line = yield* reader.readline();
      if (line.length === 0) break;
      writer.write(line);
      yield* writer.drain();
      rounds.received(line.length);
    }
    writer.close();
  });
  announce(yield* asyncio.startServer(echoLines, "127.0.0.1", 0));
  yield* rounds.finished;
});

/** Runs a workload of bench/micro/ once a segment. */
async function futures(main: () => Main, { warmup, measured }: Workload): Promise<void> {
  const runner = new asyncio.Runner();
  for (let i = 0; i < warmup + measured; i++) {
    await runner.run(main());
    mark();
  }
  await runner.close();
}

const programs: Record<string, (workload: Workload) => Promise<void>> = {
  echo: (workload) => asyncio.run(() => echo(workload)),
  "lines-async": (workload) => asyncio.run(() => linesAsync(workload)),
  "lines-generators": (workload) => asyncio.run(linesGenerators(workload)),
  "futures-async": (workload) => futures(() => () => awaitFutures(futuresPerTask), workload),
  "futures-generators": (workload) => futures(() => awaitFuturesInGenerators(futuresPerTask), workload),
};

/** Allows optimization, which the command line has forbidden: without it, starting takes less time. */
function optimize({ optimizesSoon }: Workload): void {
  v8.setFlagsFromString("--opt");
  if (!optimizesSoon) return;
  const major = Number(process.versions.node.split(".")[0]);
  v8.setFlagsFromString(major < 22 ? "--interrupt-budget=8000" : "--invocation-count-for-turbofan=200");
}

const workload = findWorkload(process.argv[2]);
uvloop.install();
optimize(workload);
await programs[workload.name]!(workload);
