"""[3.13] A cancellation that uncancel() takes back before its delivery is not delivered, whatever blocks are around the code that awaits; one whose
count does not fall to zero is."""
import asyncio


def me():
    return asyncio.current_task()


async def in_nothing(body):
    return await body()


async def in_timeout(body):
    async with asyncio.timeout(10):
        return await body()


async def in_group(body):
    async with asyncio.TaskGroup():
        return await body()


async def in_wait_for(body):
    return await asyncio.wait_for(body(), 10)


async def in_two_timeouts(body):
    async with asyncio.timeout(10):
        async with asyncio.timeout(20):
            return await body()


async def in_group_in_wait_for(body):
    return await asyncio.wait_for(in_group(body), 10)


BLOCKS = [in_nothing, in_timeout, in_group, in_wait_for, in_two_timeouts, in_group_in_wait_for]


def take_back(task, cancels, uncancels):
    for _ in range(cancels):
        task.cancel()
    left = [task.uncancel() for _ in range(uncancels)]
    return left[-1] if left else task.cancelling()


async def outcome(awaitable):
    try:
        return await awaitable
    except asyncio.CancelledError:
        return "CancelledError"
    except asyncio.TimeoutError:
        return "TimeoutError"


async def by_itself(block, cancels, uncancels, inside):
    async def body():
        take_back(me(), cancels, uncancels)
        if inside:
            await asyncio.sleep(0)
        return "body"

    async def work():
        result = await block(body)
        await asyncio.sleep(0)
        return result

    return await outcome(asyncio.create_task(work()))


async def while_due(block, wait, cancels, uncancels):
    """Takes the request back from outside, once what the task awaits is done and the task has not run yet."""
    future = asyncio.get_running_loop().create_future()
    queue = asyncio.Queue()
    lock = asyncio.Lock()
    await lock.acquire()

    async def body():
        if wait == "future":
            await future
        elif wait == "queue":
            await queue.get()
        elif wait == "lock":
            async with lock:
                pass
        elif wait == "task":
            await asyncio.shield(future)
        elif wait == "turn":
            await asyncio.sleep(0)
        return "body"

    async def work():
        result = await block(body)
        await asyncio.sleep(0)
        return result

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    future.set_result(None)
    queue.put_nowait(None)
    lock.release()
    if wait == "task":
        await asyncio.sleep(0)
    take_back(task, cancels, uncancels)
    return await outcome(task)


async def in_a_callback(block, added):
    """A done callback of the awaited future runs before or after the task is resumed."""
    future = asyncio.get_running_loop().create_future()

    def callback(_):
        take_back(task, 1, 1)

    async def body():
        await future
        return "body"

    task = None
    if added == "before":
        future.add_done_callback(callback)
    task = asyncio.create_task(block(body))
    await asyncio.sleep(0)
    if added == "after":
        future.add_done_callback(callback)
    future.set_result(None)
    return await outcome(task)


async def eagerly(block):
    loop = asyncio.get_running_loop()

    async def body():
        take_back(me(), 1, 1)
        await asyncio.sleep(0)
        return "body"

    return await outcome(asyncio.Task(block(body), loop=loop, eager_start=True))


async def with_an_expired_timeout(user_takes_back, cancels, uncancels):
    """The deadline's own request is counted too: while it stands, a cancellation that was taken back is delivered all the same."""
    lines = []
    try:
        async with asyncio.timeout(0.001):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                lines.append(me().cancelling())
                if user_takes_back:
                    lines.append(me().uncancel())
                lines.append(take_back(me(), cancels, uncancels))
            lines.append(await outcome(asyncio.sleep(0, "went on")))
            lines.append(await outcome(asyncio.sleep(0, "went on")))
    except asyncio.TimeoutError:
        lines.append("TimeoutError")
    lines.append(me().cancelling())
    lines.append(await outcome(asyncio.sleep(0, "after")))
    return lines


async def inner_taken_back_by_outer():
    """The requests of a block inside and of the task are taken back, the last one from outside."""
    lines = []
    future = asyncio.get_running_loop().create_future()

    async def work():
        async with asyncio.timeout(10) as outer:
            async with asyncio.timeout(10) as inner:
                inner.reschedule(asyncio.get_running_loop().time())
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    lines.append(("inner", inner.expired(), outer.expired(), me().cancelling()))
                await future
                return "body"

    task = asyncio.create_task(work())
    while not lines:
        await asyncio.sleep(0.001)
    lines.append(task.uncancel())
    future.set_result(None)
    lines.append(take_back(task, 1, 1))
    lines.append(await outcome(task))
    return lines


async def signal_of_a_group():
    """A child's failure asks the block to end; the block takes that back itself, and goes on."""
    lines = []

    async def fail():
        raise ValueError

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                lines.append(me().cancelling())
                lines.append(me().uncancel())
                lines.append(take_back(me(), 1, 1))
            lines.append(await outcome(asyncio.sleep(0, "went on")))
    except* ValueError:
        lines.append("ValueError")
    lines.append(me().cancelling())
    lines.append(await outcome(asyncio.sleep(0, "after")))
    return lines


async def main():
    for block in BLOCKS:
        for cancels, uncancels in [(1, 1), (2, 2), (2, 1), (1, 0), (3, 3), (0, 1)]:
            for inside in (True, False):
                print("itself", block.__name__, cancels, uncancels, inside, await by_itself(block, cancels, uncancels, inside))
    for block in BLOCKS:
        for wait in ["future", "queue", "lock", "task", "turn"]:
            for cancels, uncancels in [(1, 1), (2, 2), (2, 1), (1, 0)]:
                print("due", block.__name__, wait, cancels, uncancels, await while_due(block, wait, cancels, uncancels))
    for block in BLOCKS:
        for added in ["before", "after"]:
            print("callback", block.__name__, added, await in_a_callback(block, added))
        print("eager", block.__name__, await eagerly(block))
    for user_takes_back in (False, True):
        for cancels, uncancels in [(0, 0), (1, 1), (2, 2)]:
            print("expired", user_takes_back, cancels, uncancels, *await with_an_expired_timeout(user_takes_back, cancels, uncancels))
    print("inner", *await inner_taken_back_by_outer())
    print("group", *await asyncio.create_task(signal_of_a_group()))


asyncio.run(main())
