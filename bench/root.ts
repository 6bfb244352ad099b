/** Folders of the repository that the benchmark uses. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, "package.json"))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error("package.json not found above the benchmark; run it from the repository");
    folder = parent;
  }
  return folder;
}

/** The repository. Peers that are not TypeScript run from here, not from the compiler's output folder. */
export const root = findRoot();

/** The output folder of setup-peers.sh: other Node versions, Bun. */
export const peersFolder = path.join(root, ".cache", "peers");

/** Binaries compiled by the benchmark. */
export const buildFolder = path.join(root, "build", "bench");

/** The compiled uvio servers. */
export const serversFolder = path.join(root, "build", "js", "bench", "servers");
