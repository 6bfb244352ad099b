"""The micro-benchmarks of suite.ts under asyncio, and with UVLOOP=1 under uvloop. WORKLOAD picks one by name. Prints one line of JSON."""

import asyncio
import json
import os
import platform
import statistics
import time

BATCH = 1000
ROUNDS = 100
TASKS = 100
PER_TASK = 500
SEQUENTIAL = 20_000
ACQUISITIONS = 200_000
ITEMS = 50_000
SAMPLES = 10
SECONDS = 1.0


def nothing():
    pass


async def call_soon():
    loop = asyncio.get_running_loop()
    for _ in range(ROUNDS):
        done = loop.create_future()
        for _ in range(BATCH - 1):
            loop.call_soon(nothing)
        loop.call_soon(done.set_result, None)
        await done


async def call_soon_chain():
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    left = BATCH * ROUNDS

    def step():
        nonlocal left
        left -= 1
        if left == 0:
            done.set_result(None)
        else:
            loop.call_soon(step)

    loop.call_soon(step)
    await done


async def call_later_cancel():
    loop = asyncio.get_running_loop()
    for _ in range(ROUNDS):
        for _ in range(BATCH):
            loop.call_later(60, nothing).cancel()
        await asyncio.sleep(0)


async def waiter():
    loop = asyncio.get_running_loop()
    for _ in range(PER_TASK):
        future = loop.create_future()
        loop.call_soon(future.set_result, None)
        await future


async def await_futures():
    await asyncio.gather(*(waiter() for _ in range(TASKS)))


async def child():
    return 1


async def create_tasks():
    for _ in range(SEQUENTIAL):
        await asyncio.create_task(child())


async def sleep_zero():
    for _ in range(SEQUENTIAL):
        await asyncio.sleep(0)


async def uncontended_lock():
    lock = asyncio.Lock()
    for _ in range(ACQUISITIONS):
        await lock.acquire()
        lock.release()


async def produce(queue):
    for item in range(ITEMS):
        await queue.put(item)


async def consume(queue):
    total = 0
    for _ in range(ITEMS):
        total += await queue.get()
    return total


async def through_queue(maxsize):
    queue = asyncio.Queue(maxsize)
    await asyncio.gather(produce(queue), consume(queue))


WORKLOADS = [
    ("callSoon", BATCH * ROUNDS, call_soon),
    ("callSoon, chained", BATCH * ROUNDS, call_soon_chain),
    ("callLater + cancel", BATCH * ROUNDS, call_later_cancel),
    ("100 tasks awaiting futures", TASKS * PER_TASK, await_futures),
    ("createTask + await", SEQUENTIAL, create_tasks),
    ("sleep(0)", SEQUENTIAL, sleep_zero),
    ("lock, uncontended", ACQUISITIONS, uncontended_lock),
    ("queue of 1 between two tasks", ITEMS, lambda: through_queue(1)),
    ("queue of 10 between two tasks", ITEMS, lambda: through_queue(10)),
]


def main():
    version = f"{platform.python_implementation()} {platform.python_version()}"
    if os.environ.get("UVLOOP") == "1":
        import uvloop

        version = f"uvloop {uvloop.__version__}, {version}"
        loop = uvloop.new_event_loop()
    else:
        loop = asyncio.new_event_loop()
    result = {}
    only = os.environ.get("WORKLOAD")
    for name, operations, workload in WORKLOADS:
        if only is not None and name != only:
            continue
        loop.run_until_complete(workload())
        samples = []
        began = time.perf_counter()
        while len(samples) < SAMPLES or time.perf_counter() - began < SECONDS:
            start = time.perf_counter()
            loop.run_until_complete(workload())
            samples.append((time.perf_counter() - start) / operations)
        result[name] = statistics.median(samples) * 1e9
    loop.close()
    print(json.dumps({"version": version, "nsPerOperation": result}))


if __name__ == "__main__":
    main()
