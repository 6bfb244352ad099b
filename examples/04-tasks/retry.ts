// Retrying with exponential backoff and jitter; a cancellation is not retried.
import * as asyncio from "uvio";

async function retry<T>(work: () => Promise<T>, { attempts = 5, baseDelay = 0.001, maxDelay = 1 } = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (asyncio.isCancelled(error) || attempt === attempts) throw error;
      const delay = Math.min(baseDelay * 2 ** (attempt - 1), maxDelay) * (0.5 + Math.random() / 2);
      console.log(`attempt ${attempt} failed, the next one in ${delay} s`);
      await asyncio.sleep(delay);
    }
  }
}

let calls = 0;
async function flaky() {
  await asyncio.sleep(0.001);
  if (++calls < 3) throw new Error("connection refused");
  return `succeeded at call ${calls}`;
}

console.log(await asyncio.run(() => retry(flaky)));

// prints:
//   attempt 1 failed, the next one in 0.000… s
//   attempt 2 failed, the next one in 0.00… s
//   succeeded at call 3
