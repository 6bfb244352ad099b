/** Every method of transports and servers in every state, as CPython answers it: answers.txt is record.py's. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { opensslSkipped } from "../support/certificates.js";
import { eachLoop } from "../support/loops.js";
import { packageRoot } from "../support/paths.js";
import { serverCell, transportCell } from "./support.js";

interface Cell {
  call: string;
  answer: string;
  events: string;
}

const groups = new Map<string, { kind: string; state: string; cells: Cell[] }>();
for (const line of readFileSync(path.join(packageRoot, "test/matrix/answers.txt"), "utf8").trimEnd().split("\n")) {
  const [kind, state, call, answer, events = ""] = line.split("\t") as [string, string, string, string, string?];
  const name = `${kind} ${state}`;
  const group = groups.get(name) ?? { kind, state, cells: [] };
  group.cells.push({ call, answer, events });
  groups.set(name, group);
}

/** Where ours is to answer something else, and what. */
const DIFFERENCES: readonly { at: RegExp; calls: Readonly<Record<string, string>>; why: string }[] = [
  {
    at: /^(tcp|unix) (closing|closed)$/,
    calls: { 'writelines(["x", "y"])': "None" },
    why: "CPython 3.13.0 fails in itself; later ones do not",
  },
  { at: /^\w+ closed$/, calls: { "getProtocol()": "True" }, why: "asyncio lets go of the protocol" },
  { at: /^tls connectionLost$/, calls: { "getProtocol()": "True" }, why: "asyncio lets go of the protocol" },
  { at: /^tls connectionMade$/, calls: { "getWriteBufferSize()": "0" }, why: "asyncio counts the handshake's last bytes" },
  {
    at: /^tls (connectionLost|closing|aborted|closed)$/,
    calls: { "isReading()": "False" },
    why: "asyncio's TLS asks only whether it is paused",
  },
  {
    at: /^tls (connectionLost|closed)$/,
    calls: { 'getExtraInfo("socket")': "object", 'getExtraInfo("sockname")': "'some'", 'getExtraInfo("peername")': "'some'" },
    why: "asyncio's TLS lets go of the socket",
  },
  { at: /^writePipe /, calls: { "write(5)": "TypeError" }, why: "asyncio asserts" },
  { at: /^writePipe closed$/, calls: { "abort()": "None" }, why: "CPython 3.13.0 fails in itself" },
  {
    at: /^server clos(ing|ed)$/,
    calls: { "startServing()": "RuntimeError" },
    why: "asyncio finds that there are no sockets, by a TypeError",
  },
  {
    at: /^readPipe eofReceived$/,
    calls: { "isClosing()": "False", "isReading()": "True" },
    why: "as other streams, a pipe begins to close when eofReceived() has returned",
  },
];

function expectedOf(kind: string, state: string, { call, answer, events }: Cell): string {
  const difference = DIFFERENCES.find(({ at, calls }) => at.test(`${kind} ${state}`) && calls[call] !== undefined);
  return `${call}: ${difference?.calls[call] ?? answer} | ${events}`;
}

for (const { kind, state, cells } of groups.values()) {
  eachLoop(
    `${kind}, ${state}: every call answers as in asyncio, and ends as there`,
    async (t) => {
      const found: string[] = [];
      const expected: string[] = [];
      await t.run(async () => {
        for (const cell of cells) {
          const { call, answer } = cell;
          const ours =
            kind === "server" ? { answer: await serverCell(state, call), events: "" } : await transportCell(t, kind, state, call);
          if (answer === "hangs") continue; // asyncio's call hangs; uvio's has ended.
          found.push(`${call}: ${ours.answer} | ${ours.events}`);
          expected.push(expectedOf(kind, state, cell));
        }
      });
      t.takeReports();
      assert.deepEqual(found, expected);
    },
    { skip: kind === "tls" ? opensslSkipped : false },
  );
}
