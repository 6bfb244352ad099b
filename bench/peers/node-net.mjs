// Servers on plain node:net and node:dgram. `protocol` echoes the data; `lines` splits it into lines first.
import dgram from "node:dgram";
import { readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";

const NEWLINE = 10;

function echo(socket) {
  socket.on("data", (data) => socket.write(data));
}

function echoLines(socket) {
  /** The start of an incomplete line. */
  let rest = null;
  socket.on("data", (chunk) => {
    const data = rest === null ? chunk : Buffer.concat([rest, chunk]);
    rest = null;
    let start = 0;
    // All lines of one chunk are sent with one writev, as careful code would do it.
    socket.cork();
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      socket.write(data.subarray(start, end + 1));
      start = end + 1;
    }
    socket.uncork();
    if (start < data.length) rest = data.subarray(start);
  });
}

function serveStreams(serve, where, pem = null) {
  const onConnection = (socket) => {
    socket.on("error", () => socket.destroy());
    serve(socket);
  };
  const secure = pem && { key: pem, cert: pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----")) };
  const server = secure ? tls.createServer({ ...secure, noDelay: true }, onConnection) : net.createServer({ noDelay: true }, onConnection);
  server.listen({ ...where, backlog: 1024 }, () => console.log(where.path ? `PATH ${where.path}` : `PORT ${server.address().port}`));
}

function serveDatagrams() {
  const socket = dgram.createSocket("udp4", (data, { port, address }) => socket.send(data, port, address));
  socket.bind(0, "127.0.0.1", () => console.log(`PORT ${socket.address().port}`));
}

/** BUSY=1: a callback that schedules itself, so that the loop is never idle. */
function keepBusy() {
  setImmediate(keepBusy);
}
if (process.env.BUSY === "1") keepBusy();

const tcp = { port: 0, host: "127.0.0.1" };
const modes = {
  protocol: () => serveStreams(echo, tcp),
  lines: () => serveStreams(echoLines, tcp),
  unix: () => serveStreams(echo, { path: process.env.SOCKET_PATH }),
  tls: () => serveStreams(echo, tcp, readFileSync(process.env.TLS_PEM, "utf8")),
  udp: serveDatagrams,
};
const start = modes[process.argv[2] ?? "protocol"];
if (start === undefined) throw new Error(`usage: node node-net.mjs [${Object.keys(modes).join(" | ")}]`);
start();
