"""Random programs: lists of operations, which interpret.py defines. A program depends on its mix and its seed only."""
import random

# What the programs of the "core" mix use.
CORE_LEAVES = ["log", "s0", "s0", "s0", "s0", "s0", "afut", "afut", "sfut", "sfut", "sfut", "efut", "cfut", "soon", "soon", "cancel", "cancel",
               "cancel", "atask", "atask", "atask", "put", "get", "setev"]
CORE_BLOCKS = ["spawn", "spawn", "spawn", "spawn", "call", "try", "try", "try", "gather", "shield", "lock", "tg", "timeout", "wf", "wf0", "wait",
               "agen", "nestfin"]

# What every program of the "wide" mix uses, besides some of the groups below.
WIDE_LEAVES = ["log", "s0", "s0", "s0", "soon", "cancel", "cancel", "atask", "setev", "raise"]
WIDE_BLOCKS = ["spawn", "spawn", "call", "try", "try"]
GROUPS = {
    "future": (["afut", "afut", "sfut", "sfut", "efut", "cfut"], ["wait"]),
    "event": (["ewait", "ewait", "ewait", "eset", "eset", "eclear"], []),
    "condition": (["cwait", "cwait", "cwaitfor", "cwaitfor", "cnotify", "cnotify", "cnotify", "cnotifyraw", "cwaitraw"], ["condition"]),
    "semaphore": (["sacquire", "srelease", "srelease"], ["semaphore", "semaphore", "semaphore"]),
    "barrier": (["bwait", "bwait", "bwait", "bwait", "babort", "breset", "breset"], ["barrier"]),
    "queue": (["qput", "qput", "qputnow", "qget", "qget", "qgetnow", "qdone", "qdone", "qjoin", "qshutdown"], []),
    "generator": (["gnext", "gnext", "gsend", "gsend", "gthrow", "gclose"], ["gnew", "gnew", "gnew", "gfor", "gfor", "agen"]),
    "iteration": ([], ["afor", "afor", "completed", "completed"]),
    "uncancel": (["self", "uncancel", "uncancel", "cancels", "cancels", "cancels"], ["swallow", "swallow", "timeout", "tg", "wf"]),
    "deadline": (["reschedule", "reschedule", "cancels"], ["deadline", "deadline", "deadline", "timeout", "wft", "wf0"]),
    "group": (["tgadd", "tgadd", "cancels"], ["tg", "tg", "tg", "deadline"]),
    "gather": (["gathert", "shieldt", "shieldf", "sfut", "cfut"], ["gather", "gather", "gathercancel", "shield"]),
    "lock": (["put", "get"], ["lock", "lock"]),
}
EAGER_GROUPS = {
    "waiting": ([], ["eager", "eager", "eager"]),
    "any": (["factory"], ["eager", "eager", "eager", "gather", "tg", "shield", "wf0", "completed"]),
}
TASKS = 12


class Generator:
    def __init__(self, seed, mix):
        self.random = random.Random(seed)
        self.mix = mix
        self.leaves, self.blocks = CORE_LEAVES, CORE_BLOCKS

    def program(self):
        """Returns the fields of a program besides its seed."""
        r = self.random
        if self.mix == "core":
            return {"ops": [self.op(4) for _ in range(r.randint(4, 9))]}
        eager = r.choice([None, None, None, None, None, "waiting", "any"])
        names = r.sample(list(GROUPS), r.randint(2, 4))
        groups = [GROUPS[name] for name in names] + ([EAGER_GROUPS[eager]] if eager else [])
        self.leaves = WIDE_LEAVES + [k for leaves, _ in groups for k in leaves * 2]
        self.blocks = WIDE_BLOCKS + [k for _, blocks in groups for k in blocks * 2]
        ops = [{"k": "spawn", "b": self.ops(3)} for _ in range(r.randint(1, 4))] + [self.op(4) for _ in range(r.randint(3, 7))]
        program = {"eager": eager, "ops": ops}
        return program if eager else {"ops": ops}

    def ops(self, depth):
        return [self.op(depth) for _ in range(self.random.randint(1, 5))]

    def op(self, depth):
        r = self.random
        leaves = self.leaves
        if self.mix == "core":
            leaves = leaves + (["self"] if r.random() < .5 else []) + (["raise"] if r.random() < .5 else [])
        k = r.choice(leaves) if depth <= 0 or r.random() < 0.5 else r.choice(self.blocks)
        o = {"k": k}
        self.core_fields(o, depth) if k in CORE_KINDS else self.wide_fields(o, depth)
        return o

    def core_fields(self, o, d):
        r, k, ops = self.random, o["k"], self.ops
        if k in ("afut", "sfut", "efut", "cfut"): o["f"] = r.randrange(4)
        if k == "cancel": o["t"] = r.randrange(TASKS); o["m"] = r.choice([None, "m%d" % r.randrange(3)])
        if k == "atask": o["t"] = r.randrange(TASKS)
        if k in ("spawn", "call", "shield", "lock", "timeout", "wf", "wf0"): o["b"] = ops(d - 1)
        if k == "timeout": o["n"] = r.choice([None, -1, -1])
        if k == "lock": o["l"] = r.randrange(2)
        if k in ("try", "nestfin"): o["b"] = ops(d - 1); o["h"] = ops(d - 1); o["sw"] = r.random() < 0.4; o["f"] = ops(d - 2)
        if k == "gather": o["c"] = self.children(d); o["re"] = r.random() < 0.5
        if k == "tg": o["c"] = self.children(d); o["b"] = ops(d - 1)
        if k == "wait": o["t"] = self.tasks(2); o["fc"] = r.random() < 0.5
        if k == "agen": o["b"] = ops(d - 1); o["h"] = ops(d - 1); o["brk"] = r.random() < .5

    def wide_fields(self, o, d):
        r, k, ops = self.random, o["k"], self.ops
        if k in SLOTS: o["i"] = r.randrange(SLOTS[k])
        if k in ("condition", "semaphore", "barrier", "swallow", "deadline", "eager"): o["b"] = ops(d - 1)
        if k == "cwaitfor": o["x"] = r.randint(0, 2)
        if k == "cnotify": o["x"] = r.choice([0, 1, 1, 2, None])
        if k in ("qput", "qputnow"): o["x"] = r.randrange(5)
        if k == "qshutdown": o["now"] = r.random() < 0.5
        if k == "gnew": o["b"] = ops(d - 1); o["h"] = ops(min(d - 2, 0)); o["in"] = r.choice([None, None, "lock", "timeout", "group"])
        if k == "gfor": o["b"] = ops(d - 1); o["brk"] = r.choice([None, 0, 1])
        if k == "gsend": o["x"] = r.choice([None, 1, 2])
        if k == "gthrow": o["x"] = r.choice(["boom", "boom", "cancelled"])
        if k == "afor": o["b"] = ops(d - 1); o["s"] = ops(min(d - 2, 1)); o["x"] = r.randrange(4); o["brk"] = r.choice([None, None, 1])
        if k == "completed":
            o["c"] = self.children(d); o["t"] = self.tasks(r.randrange(2)); o["b"] = ops(min(d - 1, 1))
            o["async"] = r.random() < 0.5; o["n"] = r.choice([None, None, None, 0]); o["brk"] = r.choice([None, None, 0])
        if k == "uncancel": o["t"] = r.choice([None, None, r.randrange(TASKS)])
        if k == "cancels":
            o["t"] = r.choice([None, r.randrange(TASKS), r.randrange(TASKS)])
            o["s"] = r.choice(["cu", "cu", "uc", "ccu", "cuc", "cuu", "ccuu", "cucu", "cs", "cus", "csu"])
        if k == "deadline": o["n"] = r.choice([None, -1, 0, 1000, 1000])
        if k == "reschedule": o["t"] = r.randrange(4); o["n"] = r.choice([None, -1, -1, 1000])
        if k == "wft": o["t"] = r.randrange(TASKS); o["n"] = r.choice([0, 1000, 1000, None])
        if k == "gathert": o["t"] = self.tasks(r.randint(1, 3)); o["f"] = [r.randrange(4) for _ in range(r.randrange(3))]; o["re"] = r.random() < 0.5
        if k == "gathercancel": o["c"] = self.children(d); o["re"] = r.random() < 0.5; o["b"] = ops(min(d - 1, 0))
        if k == "shieldt": o["t"] = r.randrange(TASKS)
        if k == "shieldf": o["f"] = r.randrange(4)
        if k == "tgadd": o["t"] = r.randrange(4); o["b"] = ops(min(d - 1, 1))
        if k == "factory": o["on"] = r.random() < 0.7

    def children(self, depth):
        return [self.ops(depth - 1) for _ in range(self.random.randint(1, 3))]

    def tasks(self, count):
        return [self.random.randrange(TASKS) for _ in range(count)]


CORE_KINDS = set(CORE_LEAVES) | set(CORE_BLOCKS) | {"self", "raise"}
# Operations on one of several objects.
SLOTS = {
    "ewait": 2, "eset": 2, "eclear": 2, "cwait": 2, "cwaitfor": 2, "cnotify": 2, "cnotifyraw": 2, "cwaitraw": 2, "condition": 2, "sacquire": 3,
    "srelease": 3, "semaphore": 3, "bwait": 2, "babort": 2, "breset": 2, "barrier": 2, "qput": 3, "qputnow": 3, "qget": 3, "qgetnow": 3,
    "qdone": 3, "qjoin": 3, "qshutdown": 3, "gnew": 2, "gnext": 2, "gsend": 2, "gthrow": 2, "gclose": 2, "gfor": 2,
}  # fmt: skip
