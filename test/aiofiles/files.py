"""Runs the file programs of cpython.test.ts: a JSON list on stdin, their results on stdout."""

import io
import json
import os
import sys
import tempfile


def show(value):
    if isinstance(value, (bytes, bytearray)):
        return value.decode("latin-1")
    if isinstance(value, list):
        return [show(one) for one in value]
    return value


def perform(file, op, args, marks):
    data = (lambda text: text.encode("latin-1")) if "b" in file.mode else (lambda text: text)
    if op == "write":
        return file.write(data(args[0]))
    if op == "writelines":
        return file.writelines([data(line) for line in args[0]])
    if op == "readinto":
        into = bytearray(args[0])
        count = file.readinto(into)
        return [count, bytes(into[:count]).decode("latin-1")]
    if op == "lines":
        return list(file)
    if op == "mark":
        marks.append(file.tell())
        return None
    if op == "return":
        if marks:
            file.seek(marks[args[0] % len(marks)])
        return None
    return getattr(file, op)(*args)


def run(program, path):
    with open(path, "wb") as file:
        file.write(program["content"].encode("latin-1"))
    results, marks = [], []
    options = {} if "b" in program["mode"] else {"encoding": program["encoding"], "newline": program["newline"]}
    try:
        file = open(path, program["mode"], **options)
    except OSError as error:
        return [type(error).__name__]
    with file:
        for op, *args in program["ops"]:
            try:
                results.append(show(perform(file, op, args, marks)))
            except io.UnsupportedOperation:
                results.append("UnsupportedOperation")
            except (ValueError, OSError):
                results.append("error")
    with open(path, "rb") as file:
        results.append(file.read().decode("latin-1"))
    return results


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")
        json.dump([run(program, path) for program in json.load(sys.stdin)], sys.stdout)


main()
