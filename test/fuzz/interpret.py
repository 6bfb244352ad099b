"""Runs a program under asyncio and logs a line for everything observable, with the current task of every line. The definition of every
operation; interpreter.ts and its neighbours are the translation."""
import asyncio
from asyncio import CancelledError, current_task, get_running_loop, sleep

MAX_STEPS = 3000


class Boom(Exception):
    pass


class OrderedSet(dict):
    """A set that iterates in the order of insertion."""
    def __init__(self, items=()): super().__init__((item, 1) for item in items)
    def add(self, item): self[item] = 1
    def discard(self, item): self.pop(item, None)
    def remove(self, item): del self[item]
    def __iter__(self): return iter(list(self.keys()))


def as_completed(awaitables, timeout):
    """asyncio.as_completed that takes the awaitables in the order of the list. asyncio's own puts them into a set, which has no order."""
    iterator = asyncio.as_completed([], timeout=None)
    iterator._todo = OrderedSet([asyncio.ensure_future(one) for one in OrderedSet(awaitables)])
    iterator._todo_left = len(iterator._todo)
    for future in iterator._todo: future.add_done_callback(iterator._handle_completion)
    if iterator._todo and timeout is not None:
        iterator._timeout_handle = get_running_loop().call_later(timeout, iterator._handle_timeout)
    return iterator


def name(e):
    """An error as it is logged. Only the program's own errors with their texts."""
    if isinstance(e, CancelledError): return "Cancelled(" + ",".join(str(a) for a in e.args) + ")"
    if isinstance(e, BaseExceptionGroup): return "Group(" + ",".join(name(x) for x in e.exceptions) + ")"
    return "Boom(" + str(e) + ")" if isinstance(e, Boom) else type(e).__name__


def state(future):
    if not future.done(): return "pending"
    if future.cancelled(): return "cancelled"
    return name(future.exception()) if future.exception() else future.result()


# Their errors other than cancellations are logged and do not end the task.
GUARDED = {
    "cwait", "cwaitfor", "cnotify", "cnotifyraw", "cwaitraw", "sacquire", "srelease", "bwait", "babort", "breset", "barrier", "qput", "qputnow", "qget",
    "qgetnow", "qdone", "qjoin", "qshutdown", "gnext", "gsend", "gthrow", "gclose", "gfor", "afor", "completed", "reschedule", "wft", "gathert",
    "gathercancel", "shieldt", "shieldf", "tgadd",
}  # fmt: skip


class Interpreter:
    """Runs one program. Operations are methods: `op_` and their name."""

    def __init__(self, program, out):
        self.program, self.out = program, out
        self.steps = self.started = 0
        self.eager = program.get("eager")
        self.tasks, self.ids, self.owner = [], {}, {}
        self.deadlines, self.groups, self.generators, self.kept = [], [], [None, None], []
        self.reports = []  # Errors that the loop's exception handler got.

    def count(self):
        self.steps += 1
        if self.steps > MAX_STEPS: raise SystemExit("too long")

    def log(self, me, *parts):
        self.count()
        task = current_task()
        current = "-" if task is None else str(self.ids.get(task, "?"))
        self.out.append(f"{me}/{current}: " + " ".join(str(x) for x in parts))

    async def main(self):
        loop = get_running_loop()
        self.futures = [loop.create_future() for _ in range(4)]
        self.locks = [asyncio.Lock(), asyncio.Lock()]
        self.queue = asyncio.Queue(1)
        self.events = [asyncio.Event(), asyncio.Event()]
        self.conditions = [asyncio.Condition(), asyncio.Condition(self.locks[1])]
        self.notified = [0, 0]
        self.semaphores = [asyncio.Semaphore(1), asyncio.Semaphore(2), asyncio.BoundedSemaphore(2)]
        self.barriers = [asyncio.Barrier(2), asyncio.Barrier(3)]
        self.queues = [asyncio.Queue(2), asyncio.PriorityQueue(2), asyncio.LifoQueue(2)]
        loop.set_exception_handler(lambda loop, context: self.reports.append(context.get("exception")))
        root = asyncio.create_task(self.child(self.program["ops"]))
        self.tasks.append(root); self.ids[root] = "t0"; self.owner[root] = 0
        for _ in range(30): await sleep(0)
        self.out.append("-- sweep")
        loop.set_task_factory(None)
        for _ in range(12):
            live = [t for t in self.tasks if not t.done()]
            if not live: break
            for t in live: t.cancel("sweep")
            for _ in range(12): await sleep(0)
        for future in self.futures: future.cancel()
        for i, t in enumerate(self.tasks): self.out.append(f"task {i} {state(t)}")
        self.out.append(f"left {len(asyncio.all_tasks()) - 1}")
        self.out.append("END")

    async def run_ops(self, me, ops):
        for o in ops: await self.step(me, o)
        return f"r{me}"

    async def child(self, ops, index=None, waits=False):
        """The code of every task. `waits`: in programs with eager tasks it waits for a turn first."""
        me = f"c{self.started}"; self.started += 1
        task = current_task()
        if index is not None: self.tasks[index] = task; self.ids[task] = f"t{index}"; self.owner[task] = index
        self.ids.setdefault(task, me)
        self.log(me, "start")
        try:
            if self.eager and waits: await sleep(0)
            return await self.run_ops(me, ops)
        finally: self.log(me, "end")

    async def step(self, me, o):
        self.count()
        k = o["k"]; operation = getattr(self, "op_" + k)
        if k not in GUARDED: return await operation(me, o)
        try: await operation(me, o)
        except Exception as e: self.log(me, k, "failed", name(e))

    def task(self, index):
        return self.tasks[index] if index < len(self.tasks) else None

    def awaitable(self, indexes):
        """Returns those of these tasks that the current one may wait for without a cycle."""
        own = self.owner.get(current_task(), -1)
        return [self.tasks[i] for i in indexes if i > own and self.task(i) is not None]

    def start(self, ops, make):
        i = len(self.tasks); self.tasks.append(None)
        t = make(self.child(ops, i, waits=self.eager == "waiting"))
        self.tasks[i] = t; self.ids[t] = f"t{i}"; self.owner[t] = i
        t.add_done_callback(lambda t: self.log("cb", "done", i, t.cancelled()))

    # -- Steps, futures and tasks.

    async def op_log(self, me, o): self.log(me, "log")
    async def op_s0(self, me, o): await sleep(0); self.log(me, "s0")
    async def op_raise(self, me, o): raise Boom(me)
    async def op_soon(self, me, o): get_running_loop().call_soon(self.log, "cb", me)
    async def op_call(self, me, o): self.log(me, "call", await self.run_ops(me, o["b"]))
    async def op_spawn(self, me, o): self.start(o["b"], asyncio.create_task)

    async def op_afut(self, me, o): v = await self.futures[o["f"]]; self.log(me, "fut", o["f"], v)
    async def op_cfut(self, me, o): self.log(me, "cfut", self.futures[o["f"]].cancel())

    async def op_sfut(self, me, o):
        future = self.futures[o["f"]]
        if not future.done(): future.set_result(me)
        else: self.futures[o["f"]] = get_running_loop().create_future()

    async def op_efut(self, me, o):
        future = self.futures[o["f"]]
        if not future.done(): future.set_exception(Boom("f")); future.exception()

    async def op_atask(self, me, o):
        for t in self.awaitable([o["t"]]): v = await t; self.log(me, "task", o["t"], v)

    async def op_wait(self, me, o):
        tasks = self.awaitable(o["t"])
        if not tasks: return
        done, pending = await asyncio.wait(tasks, return_when="FIRST_COMPLETED" if o["fc"] else "ALL_COMPLETED")
        self.log(me, "wait", len(done), len(pending))

    async def op_try(self, me, o):
        try:
            await self.run_ops(me, o["b"])
        except BaseException as e:
            if isinstance(e, SystemExit): raise
            self.log(me, "except", name(e))
            await self.run_ops(me, o["h"])
            if not o["sw"]: raise
        finally:
            self.log(me, "finally")
            await self.run_ops(me, o["f"])

    op_nestfin = op_try

    # -- Cancellation.

    async def op_self(self, me, o): self.log(me, "self", current_task().cancel("self"))
    async def op_setev(self, me, o): self.log(me, "cancelling", current_task().cancelling())

    async def op_cancel(self, me, o):
        t = self.task(o["t"])
        if t is not None: self.log(me, "cancel", o["t"], t.cancel() if o["m"] is None else t.cancel(o["m"]), t.cancelling())

    async def op_uncancel(self, me, o):
        t = current_task() if o["t"] is None else self.task(o["t"])
        if t is not None: self.log(me, "uncancel", t.uncancel(), t.cancelling())

    async def op_cancels(self, me, o):
        t = current_task() if o["t"] is None else self.task(o["t"])
        if t is None: return
        for each in o["s"]:
            if each == "c": self.log(me, "cancel", t.cancel("c"), t.cancelling())
            elif each == "u": self.log(me, "uncancel", t.uncancel(), t.cancelling())
            else: await sleep(0)

    async def op_swallow(self, me, o):
        try: await self.run_ops(me, o["b"])
        except CancelledError as e: self.log(me, "swallowed", name(e), current_task().uncancel())

    # -- Combinators.

    def children(self, o): return [self.child(ops) for ops in o["c"]]
    def log_gathered(self, me, results):
        self.log(me, "gather", *[name(x) if isinstance(x, BaseException) else x for x in results])

    async def op_gather(self, me, o):
        self.log_gathered(me, await asyncio.gather(*self.children(o), return_exceptions=o["re"]))

    async def op_gathert(self, me, o):
        sources = self.awaitable(o["t"]) + [self.futures[f] for f in o["f"]]
        self.log_gathered(me, await asyncio.gather(*sources, return_exceptions=o["re"]))

    async def op_gathercancel(self, me, o):
        gathered = asyncio.gather(*self.children(o), return_exceptions=o["re"])
        get_running_loop().call_soon(gathered.cancel, "gather")
        await self.run_ops(me, o["b"])
        self.log_gathered(me, await gathered)

    async def op_shield(self, me, o): self.log(me, "shield", await asyncio.shield(self.child(o["b"])))
    async def op_shieldf(self, me, o): self.log(me, "shield", await asyncio.shield(self.futures[o["f"]]))

    async def op_shieldt(self, me, o):
        for t in self.awaitable([o["t"]]): self.log(me, "shield", await asyncio.shield(t))

    async def op_tg(self, me, o):
        async with asyncio.TaskGroup() as tg:
            tg._tasks = OrderedSet(); self.groups.append(tg)
            for ops in o["c"]: tg.create_task(self.child(ops, waits=True))
            await self.run_ops(me, o["b"])
        self.log(me, "tg end")

    async def op_tgadd(self, me, o):
        if self.groups:
            self.groups[o["t"] % len(self.groups)].create_task(self.child(o["b"], waits=True)); self.log(me, "added")

    async def op_timeout(self, me, o):
        try:
            async with asyncio.timeout(o["n"]) as t: await self.run_ops(me, o["b"])
        except TimeoutError: self.log(me, "timed out")
        self.log(me, "expired", t.expired())

    async def op_deadline(self, me, o):
        block = asyncio.timeout(o["n"]); self.deadlines.append(block)
        try:
            async with block: await self.run_ops(me, o["b"])
        finally: self.log(me, "deadline", block.expired())

    async def op_reschedule(self, me, o):
        if not self.deadlines: return
        block = self.deadlines[o["t"] % len(self.deadlines)]
        block.reschedule(None if o["n"] is None else get_running_loop().time() + o["n"])
        self.log(me, "rescheduled", block.expired())

    async def op_wf(self, me, o): self.log(me, "wf", await asyncio.wait_for(self.run_ops(me, o["b"]), 1000))

    async def op_wf0(self, me, o):
        try: self.log(me, "wf0", await asyncio.wait_for(self.child(o["b"]), 0))
        except TimeoutError: self.log(me, "wf0 timeout")

    async def op_wft(self, me, o):
        for t in self.awaitable([o["t"]]): self.log(me, "wft", await asyncio.wait_for(t, o["n"]))

    async def op_completed(self, me, o):
        iterator = as_completed([self.child(ops) for ops in o["c"]] + self.awaitable(o["t"]), o["n"]); n = 0
        if o["async"]:
            async for future in iterator:
                self.log(me, "completed", state(future))
                await self.run_ops(me, o["b"])
                if n == o["brk"]: break
                n += 1
        else:
            for each in iterator:
                try: self.log(me, "completed", await each)
                except Boom as e: self.log(me, "completed", name(e))
                await self.run_ops(me, o["b"])
                if n == o["brk"]: break
                n += 1
        self.log(me, "completed all")

    # -- Async generators and iterables.

    async def agen(self, me, o):
        try:
            for i in range(3):
                try:
                    await self.run_ops(me, o["b"])
                    yield i
                except Boom: self.log(me, "agen boom")
        finally:
            self.log(me, "agen fin")
            await self.run_ops(me, o["h"])

    async def op_agen(self, me, o):
        g = self.agen(me, o)
        try:
            async for i in g:
                self.log(me, "agen", i)
                if o["brk"] and i == 1: break
        finally:
            await g.aclose()

    async def generate(self, me, o):
        try:
            for i in range(3):
                try:
                    await self.run_ops(me, o["b"])
                    if o["in"] is None: sent = yield i
                    elif o["in"] == "lock":
                        async with self.locks[0]: sent = yield i
                    elif o["in"] == "timeout":
                        block = asyncio.timeout(1000); self.deadlines.append(block)
                        async with block: sent = yield i
                    else:
                        async with asyncio.TaskGroup() as tg:
                            tg._tasks = OrderedSet(); self.groups.append(tg)
                            sent = yield i
                    self.log(me, "sent", sent)
                except Boom: self.log(me, "generator boom")
        finally:
            self.log(me, "generator end")
            await self.run_ops(me, o["h"])

    async def op_gnew(self, me, o):
        g = self.generate(me, o); self.kept.append(g); self.generators[o["i"]] = g

    async def op_gnext(self, me, o):
        g = self.generators[o["i"]]
        if g is not None: self.log(me, "next", await anext(g))

    async def op_gsend(self, me, o):
        g = self.generators[o["i"]]
        if g is not None: self.log(me, "asend", await g.asend(o["x"]))

    async def op_gthrow(self, me, o):
        g = self.generators[o["i"]]
        if g is not None: self.log(me, "athrow", await g.athrow(Boom("thrown") if o["x"] == "boom" else CancelledError("thrown")))

    async def op_gclose(self, me, o):
        g = self.generators[o["i"]]
        if g is not None: await g.aclose(); self.log(me, "closed")

    async def op_gfor(self, me, o):
        g = self.generators[o["i"]]; n = 0
        if g is None: return
        async for item in g:
            self.log(me, "item", item)
            await self.run_ops(me, o["b"])
            if n == o["brk"]: break
            n += 1
        self.log(me, "for end")

    async def op_afor(self, me, o):
        # A list is no async iterable: the loop over it fails.
        n = 0
        async for item in Source(self, me, o) if o["x"] > 0 else [1, 2]:
            self.log(me, "item", item)
            await self.run_ops(me, o["b"])
            if n == o["brk"]: break
            n += 1
        self.log(me, "for end")

    # -- Locks, events, conditions, semaphores, barriers, queues.

    async def op_lock(self, me, o):
        async with self.locks[o["l"]]:
            self.log(me, "locked", o["l"]); await self.run_ops(me, o["b"])
        self.log(me, "unlocked", o["l"])

    async def op_ewait(self, me, o): self.log(me, "event", o["i"], await self.events[o["i"]].wait())
    async def op_eset(self, me, o): self.events[o["i"]].set(); self.log(me, "set", o["i"])
    async def op_eclear(self, me, o): self.log(me, "clear", self.events[o["i"]].is_set()); self.events[o["i"]].clear()

    async def op_condition(self, me, o):
        async with self.conditions[o["i"]]: self.log(me, "condition", o["i"]); await self.run_ops(me, o["b"])

    async def op_cwait(self, me, o):
        async with self.conditions[o["i"]] as condition:
            self.log(me, "waits", o["i"])
            self.log(me, "notified", o["i"], await self.conditions[o["i"]].wait())

    async def op_cwaitfor(self, me, o):
        i = o["i"]
        async with self.conditions[i]:
            least = self.notified[i] + o["x"]
            def reached(): self.log(me, "check", self.notified[i], least); return self.notified[i] >= least
            self.log(me, "reached", await self.conditions[i].wait_for(reached))

    async def op_cnotify(self, me, o):
        i = o["i"]
        async with self.conditions[i]:
            self.notified[i] += 1
            if o["x"] is None: self.conditions[i].notify_all()
            else: self.conditions[i].notify(o["x"])
            self.log(me, "notify", i)

    async def op_cnotifyraw(self, me, o): self.conditions[o["i"]].notify(); self.log(me, "notify", o["i"])
    async def op_cwaitraw(self, me, o): self.log(me, "notified", o["i"], await self.conditions[o["i"]].wait())

    async def op_semaphore(self, me, o):
        s = self.semaphores[o["i"]]
        async with s: self.log(me, "semaphore", o["i"], s.locked()); await self.run_ops(me, o["b"])
        self.log(me, "semaphore left", s.locked())

    async def op_sacquire(self, me, o): s = self.semaphores[o["i"]]; self.log(me, "acquire", await s.acquire(), s.locked())
    async def op_srelease(self, me, o): s = self.semaphores[o["i"]]; s.release(); self.log(me, "release", s.locked())

    async def op_bwait(self, me, o): b = self.barriers[o["i"]]; self.log(me, "barrier", await b.wait(), b.n_waiting, b.broken)
    async def op_babort(self, me, o): b = self.barriers[o["i"]]; await b.abort(); self.log(me, "abort", b.n_waiting, b.broken)
    async def op_breset(self, me, o): b = self.barriers[o["i"]]; await b.reset(); self.log(me, "reset", b.n_waiting, b.broken)

    async def op_barrier(self, me, o):
        async with self.barriers[o["i"]] as index: self.log(me, "barrier", index); await self.run_ops(me, o["b"])

    async def op_put(self, me, o): await self.queue.put(me); self.log(me, "put", self.queue.qsize())
    async def op_get(self, me, o): v = await self.queue.get(); self.log(me, "got", v)
    async def op_qput(self, me, o): q = self.queues[o["i"]]; await q.put(o["x"]); self.log(me, "put", q.qsize(), q.full())
    async def op_qputnow(self, me, o): q = self.queues[o["i"]]; q.put_nowait(o["x"]); self.log(me, "put", q.qsize(), q.full())
    async def op_qget(self, me, o): q = self.queues[o["i"]]; self.log(me, "got", await q.get(), q.empty())
    async def op_qgetnow(self, me, o): q = self.queues[o["i"]]; self.log(me, "got", q.get_nowait(), q.empty())
    async def op_qdone(self, me, o): self.queues[o["i"]].task_done(); self.log(me, "task done")
    async def op_qjoin(self, me, o): await self.queues[o["i"]].join(); self.log(me, "joined")
    async def op_qshutdown(self, me, o): self.queues[o["i"]].shutdown(immediate=o["now"]); self.log(me, "shut down", self.queues[o["i"]].qsize())

    # -- Eager tasks.

    async def op_eager(self, me, o):
        self.start(o["b"], lambda coro: asyncio.Task(coro, loop=get_running_loop(), eager_start=True))
        if self.eager == "waiting": await sleep(0)
        self.log(me, "started", self.tasks[-1].done() if self.tasks[-1] else None)

    async def op_factory(self, me, o): get_running_loop().set_task_factory(asyncio.eager_task_factory if o["on"] else None)


class Source:
    """An async iterable of `x` items. It runs the operations `s` before each of them."""

    def __init__(self, interpreter, me, o):
        self.interpreter, self.me, self.o, self.items = interpreter, me, o, 0

    def __aiter__(self): return self

    async def __anext__(self):
        if self.items >= self.o["x"]: raise StopAsyncIteration
        self.items += 1
        await self.interpreter.run_ops(self.me, self.o["s"])
        return self.items
