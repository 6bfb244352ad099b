// The rival on Node itself: node:net, used directly. `protocol` echoes what comes; `lines` splits by hand.
import net from "node:net";

const NEWLINE = 10;

function echo(socket) {
  socket.on("data", (data) => socket.write(data));
}

function echoLines(socket) {
  /** The beginning of a line whose end has not come yet. */
  let rest = null;
  socket.on("data", (chunk) => {
    const data = rest === null ? chunk : Buffer.concat([rest, chunk]);
    rest = null;
    let start = 0;
    // All lines of one chunk leave with one writev, as a careful author would have it.
    socket.cork();
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      socket.write(data.subarray(start, end + 1));
      start = end + 1;
    }
    socket.uncork();
    if (start < data.length) rest = data.subarray(start);
  });
}

const serve = { protocol: echo, lines: echoLines }[process.argv[2] ?? "protocol"];
if (serve === undefined) throw new Error("usage: node node-net.mjs [protocol | lines]");
const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  serve(socket);
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => console.log(`PORT ${server.address().port}`));
