// Temporary files of a test run: in one folder, which goes with the run. Its workers are ended by a signal, and remove nothing themselves.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export function setup() {
  if (process.env.UVIO_TEST_FOLDER !== undefined) return; // Of another project of this run.
  const folder = mkdtempSync(path.join(tmpdir(), "uvio-"));
  process.env.UVIO_TEST_FOLDER = process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
