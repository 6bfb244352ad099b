"""Records asyncio's public names, and the methods of its loops, for asyncio-names.test.ts.

    python3.13 record-all.py                       what this interpreter has
    python3 record-all.py .../typeshed/stdlib 3.14 of a version that is not here: from typeshed's stubs, which mypy's package holds

Prints one line for asyncio-all.json, as `"version": {...}`. typeshed's own tests compare its `__all__` with each interpreter's. Unix only.
"""

import ast
import asyncio
import json
import pathlib
import sys
import types


def public(names):
    return sorted(name for name in names if not name.startswith("_"))


def branch_of(body, version):
    """The statements that are left when `if sys.version_info ...` and `sys.platform` are decided."""
    known = {"sys": types.SimpleNamespace(version_info=version, platform="linux")}
    for node in body:
        if isinstance(node, ast.If):
            test = eval(compile(ast.Expression(node.test), "stub", "eval"), known)
            yield from branch_of(node.body if test else node.orelse, version)
        else:
            yield node


def statements(stubs, module, version):
    return list(branch_of(ast.parse((stubs / "asyncio" / f"{module}.pyi").read_text()).body, version))


def all_of(stubs, version):
    names = []
    for node in statements(stubs, "__init__", version):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            names = list(ast.literal_eval(node.value))
        elif isinstance(node, ast.AugAssign) and getattr(node.target, "id", "") == "__all__":
            names += ast.literal_eval(node.value)
    return names


def loop_methods(stubs, version):
    for node in statements(stubs, "events", version):
        if isinstance(node, ast.ClassDef) and node.name == "AbstractEventLoop":
            return {one.name for one in branch_of(node.body, version) if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}


if len(sys.argv) == 1:
    version, source = f"{sys.version_info.major}.{sys.version_info.minor}", f"CPython {sys.version.split()[0]}"
    names, methods = asyncio.__all__, dir(asyncio.AbstractEventLoop)
else:
    stubs, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    wanted = tuple(int(part) for part in version.split("."))
    source = "typeshed"
    names, methods = all_of(stubs, wanted), loop_methods(stubs, wanted)

print(f'"{version}": {json.dumps({"source": source, "all": sorted(names), "loop": public(methods)})}')
