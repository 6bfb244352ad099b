"""Subprocesses on asyncio, with UVLOOP=1 on uvloop: processes.py streams|protocol|communicate|spawn SIZE; see bench/processes/."""

import asyncio
import json
import os
import sys
import time

if os.environ.get("UVLOOP"):
    import uvloop

    uvloop.install()

PIPE = asyncio.subprocess.PIPE
BLOCK = 256 * 1024


class Counter(asyncio.SubprocessProtocol):
    def __init__(self):
        self.received = 0
        self.exited = asyncio.get_running_loop().create_future()

    def pipe_data_received(self, fd, data):
        self.received += len(data)

    def connection_lost(self, error):
        self.exited.set_result(None)


def check(received, sent):
    if received != sent:
        sys.exit(f"{received} bytes came instead of {sent}")


async def streams(size):
    child = await asyncio.create_subprocess_exec("head", "-c", str(size), "/dev/zero", stdout=PIPE)
    received = 0
    while data := await child.stdout.read(BLOCK):
        received += len(data)
    await child.wait()
    check(received, size)


async def protocol(size):
    loop = asyncio.get_running_loop()
    transport, counter = await loop.subprocess_exec(
        Counter, "head", "-c", str(size), "/dev/zero", stdin=None, stderr=None
    )
    await counter.exited
    transport.close()
    check(counter.received, size)


async def communicate(size):
    child = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
    output, _ = await child.communicate(bytes(size))
    check(len(output), size)


async def spawn(count):
    for _ in range(count):
        child = await asyncio.create_subprocess_exec("true")
        await child.wait()


async def main(work, size):
    await work(-(-size // 8))
    cpu, began = time.process_time(), time.perf_counter()
    await work(size)
    figures = {"seconds": time.perf_counter() - began, "cpuSeconds": time.process_time() - cpu}
    print(json.dumps(figures))


works = {work.__name__: work for work in (streams, protocol, communicate, spawn)}
asyncio.run(main(works[sys.argv[1]], int(sys.argv[2])))
