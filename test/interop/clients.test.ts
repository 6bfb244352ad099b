/** Clients and servers that everybody has: openssl s_client and socat, against both loops. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as asyncio from "uvio";
import { caFile, identity, local, opensslSkipped } from "../support/certificates.js";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { programSkipped } from "../support/programs.js";
import { pattern } from "../support/protocols.js";

const socat = (name: string, body: (t: LoopTest) => Promise<void>): void => eachLoop(name, body, { skip: programSkipped("socat") });

type Program = ChildProcess & { stdin: NonNullable<ChildProcess["stdin"]>; stdout: NonNullable<ChildProcess["stdout"]> };

/** A program with pipes; killed after the test, should it still run. */
function start(t: LoopTest, program: string, ...args: string[]): Program {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] }) as unknown as Program;
  child.stderr!.setEncoding("utf8");
  t.after(() => void child.kill("SIGKILL"));
  return child;
}

/** Sends `input` and the end to the program, and returns the text that it prints. */
async function answer(child: Program, input: Buffer | string): Promise<string> {
  child.stdin.end(input);
  const [printed] = await asyncio.wrapFuture(Promise.all([text(child.stdout), once(child, "close")]));
  return printed;
}

/** Answers when all of the question is there. */
async function reverse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
  const question = String(await reader.read());
  await writer.send([...question].reverse().join(""));
  writer.close();
  await writer.waitClosed();
}

async function end(server: asyncio.Server | asyncio.Server<string>): Promise<void> {
  server.close();
  await server.waitClosed();
}

// ---------------------------------------------------------------------------------------------- openssl

for (const version of ["-tls1_2", "-tls1_3"]) {
  eachLoop(
    `openssl s_client ${version} talks to a server with TLS, and trusts it`,
    async (t) => {
      await t.run(async () => {
        const { key, cert } = local();
        const told: unknown[] = [];
        const server = await asyncio.startServer(
          async (reader, writer) => {
            for await (const line of reader) {
              if (String(line) === "quit\n") break;
              await writer.send(line);
            }
            told.push(
              writer.getExtraInfo("peercert")?.subject.CN,
              writer.getExtraInfo("alpnProtocol"),
              writer.getExtraInfo("cipher")!.version,
            );
            writer.close();
            await writer.waitClosed();
          },
          "127.0.0.1",
          0,
          { ssl: { key, cert, ca: cert, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ["echo"] } },
        );
        const { port } = server.sockets[0]!.getsockname();
        const alice = identity("alice");
        const client = start(
          t,
          "openssl",
          ...["s_client", "-quiet", version, "-connect", `127.0.0.1:${port}`, "-servername", "localhost", "-alpn", "echo"],
          ...["-CAfile", caFile, "-verify_return_error", "-verify_hostname", "localhost", "-cert", alice.certFile, "-key", alice.keyFile],
        );
        const lines = Array.from({ length: 2000 }, (_, n) => `line ${n} ${"x".repeat(50)}\n`).join("");
        client.stdin.write(`${lines}quit\n`);
        const [printed, [code]] = await asyncio.wrapFuture(Promise.all([text(client.stdout), once(client, "close")]));
        assert.equal(printed, lines);
        assert.equal(code, 0, "the farewell is there: no truncated connection");
        assert.deepEqual(told, ["alice", "echo", version === "-tls1_2" ? "TLSv1.2" : "TLSv1.3"]);
        await end(server);
      });
    },
    { skip: opensslSkipped },
  );
}

eachLoop(
  "openssl s_client that does not trust the server goes away, and the server goes on",
  async (t) => {
    await t.run(async () => {
      const { key, cert } = local();
      const server = await asyncio.startServer(async (reader, writer) => (await reader.read(), writer.close()), "127.0.0.1", 0, {
        ssl: { key, cert },
      });
      const { port } = server.sockets[0]!.getsockname();
      for (const arguments_ of [
        ["-verify_return_error"],
        ["-verify_return_error", "-CAfile", caFile, "-verify_hostname", "elsewhere.test"],
      ]) {
        const client = start(t, "openssl", "s_client", "-connect", `127.0.0.1:${port}`, ...arguments_);
        const [code] = (await asyncio.wrapFuture(once(client, "exit"))) as [number];
        assert.notEqual(code, 0);
      }
      assert.equal(server.isServing(), true);
      await end(server);
    });
  },
  { skip: opensslSkipped },
);

// ---------------------------------------------------------------------------------------------- socat

socat("socat asks over TCP, ends its side, and reads the answer", async (t) => {
  await t.run(async () => {
    const server = await asyncio.startServer(reverse, "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    const question = pattern(200_000).toString("hex");
    const clients = Array.from({ length: 3 }, () => start(t, "socat", "-t60", "-", `TCP:127.0.0.1:${port}`));
    const answers = await asyncio.gather(...clients.map((client) => () => answer(client, question)));
    const expected = [...question].reverse().join("");
    assert.ok(answers.every((one) => one === expected));
    await end(server);
  });
});

socat("socat asks over Unix sockets, of a path and abstract", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "uvio-socat-"));
  t.after(() => rmSync(directory, { recursive: true }));
  await t.run(async () => {
    const path = join(directory, "s");
    const server = await asyncio.startUnixServer(reverse, path);
    assert.equal(await answer(start(t, "socat", "-t60", "-", `UNIX-CONNECT:${path}`), "drawer"), "reward");
    await end(server);
    const name = `uvio-${process.pid}-${t.kind}`;
    const abstract = await asyncio.startUnixServer(reverse, `\0${name}`);
    // Node 20 pads such a name with zeros to the longest there can be.
    const padded = t.kind === "node" && process.version.startsWith("v20.") ? ",unix-tightsocklen=0" : "";
    assert.equal(await answer(start(t, "socat", "-t60", "-", `ABSTRACT-CONNECT:${name}${padded}`), "drawer"), "reward");
    await end(abstract);
  });
});

socat("socat and a datagram endpoint send each other datagrams", async (t) => {
  await t.run(async () => {
    const lost = asyncio.getRunningLoop().createFuture<void>();
    class Upper extends asyncio.DatagramProtocol {
      #transport!: asyncio.DatagramTransport;
      override connectionMade(transport: asyncio.DatagramTransport): void {
        this.#transport = transport;
      }
      override datagramReceived(data: Buffer, addr: asyncio.Address): void {
        this.#transport.sendto(String(data).toUpperCase(), addr);
      }
      override connectionLost(): void {
        lost.setResult();
      }
    }
    const [transport] = await asyncio
      .getRunningLoop()
      .createDatagramEndpoint(() => new Upper(), { localAddr: { address: "127.0.0.1", port: 0 } });
    const { port } = transport.getExtraInfo("sockname") as asyncio.Address;
    const client = start(t, "socat", "-t0", "-", `UDP:127.0.0.1:${port}`);
    for (const word of ["one", "two", "three"]) {
      const came = once(client.stdout, "data");
      client.stdin.write(word);
      assert.equal(String((await asyncio.wrapFuture(came))[0]), word.toUpperCase());
    }
    assert.equal(await answer(client, ""), "");
    transport.close();
    await lost;
  });
});

socat("a connection to socat's server is echoed", async (t) => {
  await t.run(async () => {
    const server = start(t, "socat", "-d", "-d", "-t60", "TCP-LISTEN:0,bind=127.0.0.1", "PIPE");
    const exited = once(server, "exit");
    const port = await asyncio.wrapFuture(
      new Promise<number>((resolve) => {
        let notices = "";
        server.stderr!.on("data", (notice: string) => {
          notices += notice;
          const listening = /listening on .*:(\d+)\n/.exec(notices);
          if (listening !== null) resolve(Number(listening[1]));
        });
      }),
    );
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", port);
    const sent = pattern(50_000); // socat waits until all it has read is in the pipe that it reads next.
    const sending = asyncio.createTask(async () => {
      await writer.send(sent);
      writer.writeEof();
    });
    assert.ok((await reader.read()).equals(sent));
    await sending;
    writer.close();
    await writer.waitClosed();
    await asyncio.wrapFuture(exited);
  });
});
