/** HTTP servers of other projects, as child processes that end with the tests. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { testFile } from "../support/paths.js";

export interface TestServer {
  readonly port: number;
  /** `http://127.0.0.1:port`. */
  readonly base: string;
  stop(): Promise<void>;
}

const PYTHON = "/usr/bin/python3";

/** Why there is no such Debian package here; false where it is, or could be installed. */
function missing(debianPackage: string, isThere: () => boolean): string | false {
  if (isThere()) return false;
  if (process.getuid?.() !== 0) return `${debianPackage} is not installed, and only root can install it`;
  spawnSync("apt-get", ["install", "-y", "--no-install-recommends", debianPackage], { stdio: "ignore" });
  return isThere() ? false : `${debianPackage} could not be installed`;
}

export const pythonMissing: string | false = existsSync(PYTHON) ? false : "there is no /usr/bin/python3";

export const aiohttpMissing: string | false =
  pythonMissing || missing("python3-aiohttp", () => spawnSync(PYTHON, ["-c", "import aiohttp"]).status === 0);

export const nginxMissing: string | false = missing("nginx-light", () => existsSync("/usr/sbin/nginx"));

async function startPython(script: string, ...args: string[]): Promise<TestServer> {
  const child = spawn(PYTHON, [testFile("aiohttp", "servers", script), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const port = Number(line);
  const stop = async (): Promise<void> => {
    child.stdin.end();
    child.kill();
    await once(child, "exit");
  };
  return { port, base: `http://127.0.0.1:${port}`, stop };
}

/** The application of servers/app.py. */
export const startAiohttp = (): Promise<TestServer> => startPython("app.py");

/** Python's http.server, over a folder. */
export const startHttpServer = (folder: string): Promise<TestServer> => startPython("files.py", folder);

/** nginx over a folder, gzip on; what is below /app goes to `upstream`. */
export async function startNginx(folder: string, upstream: string): Promise<TestServer> {
  const port = await freePort();
  const own = mkdtempSync(path.join(tmpdir(), "uvio-nginx-"));
  const configuration = path.join(own, "nginx.conf");
  writeFileSync(
    configuration,
    `daemon off; pid ${own}/pid; error_log stderr crit; worker_processes 1; user root;
     events {}
     http {
       access_log off; types { text/plain txt; } gzip on; gzip_types text/plain; gzip_min_length 100; keepalive_requests 5;
       client_body_temp_path ${own}; proxy_temp_path ${own}; fastcgi_temp_path ${own}; uwsgi_temp_path ${own}; scgi_temp_path ${own};
       server {
         listen 127.0.0.1:${port}; root ${folder}; absolute_redirect on;
         location /moved { return 302 /text.txt; }
         location /app/ { proxy_pass ${upstream}/; proxy_http_version 1.1; client_max_body_size 64m; }
       }
     }`,
  );
  const child = spawn("/usr/sbin/nginx", ["-e", "stderr", "-c", configuration], { stdio: ["ignore", "inherit", "inherit"] });
  await listening(port);
  const stop = async (): Promise<void> => {
    child.kill();
    await once(child, "exit");
    rmSync(own, { recursive: true, force: true });
  };
  return { port, base: `http://127.0.0.1:${port}`, stop };
}

/** nginx cannot be asked for any port, nor say when it listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const outcome = await Promise.race([once(socket, "connect").then(() => true), once(socket, "close").then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (outcome) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
