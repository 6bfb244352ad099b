/** The programs of terminals.test.ts. They run in a process that holds both ends of a terminal. */
import assert from "node:assert/strict";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import * as asyncio from "uvio";
import { isOpen } from "../support/descriptors.js";
import { LoopTest, type LoopKind } from "../support/loops.js";
import { Recorder } from "../support/protocols.js";

interface Terminal {
  /** The side of the terminal's screen and keys. */
  master: number;
  /** The side of programs. */
  slave: number;
}

/** The same side once more, by a descriptor that has a transport to itself. */
function another(fd: number): number {
  return openSync(`/proc/self/fd/${fd}`, constants.O_RDWR | constants.O_NOCTTY);
}

export const scenes = {
  "the screen's side reads what a program writes, as the terminal shows it": async ({ master, slave }: Terminal) => {
    const [, screen] = await asyncio.getRunningLoop().connectReadPipe(() => new Recorder(), master);
    writeSync(slave, "1");
    await screen.received(1);
    writeSync(slave, "2345\n");
    await screen.received(7);
    assert.equal(String(screen.data()), "12345\r\n");
    closeSync(slave);
    // That is how Linux says that no program is left; asyncio passes it on as well.
    assert.equal(((await screen.lost) as NodeJS.ErrnoException).code, "EIO");
    assert.equal(isOpen(master), false);
  },

  "a program reads line by line what is typed, and the end of the input": async ({ master, slave }: Terminal) => {
    const [, program] = await asyncio.getRunningLoop().connectReadPipe(() => new Recorder(), slave);
    writeSync(master, "first");
    writeSync(master, " line\nsecond\n");
    await program.received(18);
    assert.equal(String(program.data()), "first line\nsecond\n");
    writeSync(master, "\x04"); // Control-D.
    assert.equal(await program.lost, null);
    assert.deepEqual(program.events, ["made", "data", "eof", "lost"]);
    closeSync(master);
  },

  "a program reads and writes its terminal through streams": async ({ master, slave }: Terminal) => {
    const loop = asyncio.getRunningLoop();
    const reader = new asyncio.StreamReader({ loop });
    const writing = another(slave);
    const [input] = await loop.connectReadPipe(() => new asyncio.StreamReaderProtocol(reader, null, loop), slave);
    const [output] = await loop.connectWritePipe(() => new Recorder(), writing);
    const [, screen] = await loop.connectReadPipe(() => new Recorder(), master);
    writeSync(master, "name\n");
    assert.equal(String(await reader.readline()), "name\n");
    output.write("hello, name\n");
    const shown = "name\r\nhello, name\r\n"; // The terminal echoes.
    await screen.received(shown.length);
    assert.equal(String(screen.data()), shown);
    output.close();
    input.close();
    assert.equal(((await screen.lost) as NodeJS.ErrnoException).code, "EIO");
  },

  "a screen that does not read pauses a program's writing, and all arrives": async ({ master, slave }: Terminal) => {
    const [transport, program] = await asyncio.getRunningLoop().connectWritePipe(() => new Recorder(), slave);
    const keys = another(slave); // As long as some program has it, the screen sees no end.
    const [, screen] = await asyncio.getRunningLoop().connectReadPipe(() => new Recorder(), master);
    transport.write(Buffer.alloc(500_000, "x"));
    assert.deepEqual(program.events, ["made", "pauseWriting"]);
    transport.close();
    await screen.received(500_000);
    assert.equal(await program.lost, null);
    assert.ok(screen.data().every((byte) => byte === 0x78));
    closeSync(keys);
    assert.equal(((await screen.lost) as NodeJS.ErrnoException).code, "EIO");
  },

  "a program hears the end when its terminal is gone": async ({ master, slave }: Terminal) => {
    const [, program] = await asyncio.getRunningLoop().connectReadPipe(() => new Recorder(), slave);
    closeSync(master);
    const error = (await program.lost) as NodeJS.ErrnoException | null;
    assert.ok(error === null || error.code === "EIO", String(error));
    while (isOpen(slave)) await asyncio.sleep(0.0005); // On the portable loop Node closes it, some turns later.
  },
};

export type SceneName = keyof typeof scenes;

const [kind, name, master, slave] = process.argv.slice(2);
if (name !== undefined) {
  const t = new LoopTest(kind as LoopKind);
  await t.run(() => scenes[name as SceneName]({ master: Number(master), slave: Number(slave) }));
  await t.checkNothingLeft();
}
