// One connection that sends lines as fast as the server takes them. Prints the bytes that have come back after each line on stdin.
import net from "node:net";

const line = Buffer.from(`${"f".repeat(63)}\n`);
const chunk = Buffer.concat(Array(4096).fill(line));
let returned = 0;

const socket = net.connect({ host: "127.0.0.1", port: Number(process.argv[2]), noDelay: true }, () => send());
socket.on("data", (data) => (returned += data.length));
socket.on("drain", send);
socket.on("error", (error) => {
  process.stderr.write(`flood: ${error.message}\n`);
  process.exit(1);
});

function send() {
  while (socket.write(chunk));
}

process.stdin.on("data", () => console.log(returned));
process.stdin.on("end", () => process.exit());
