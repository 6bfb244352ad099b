// Temporary files of a test run: in one folder, which goes with the run. Its workers are ended by a signal, and remove nothing themselves.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export function setup() {
  const folder = mkdtempSync(path.join(tmpdir(), "uvio-"));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
