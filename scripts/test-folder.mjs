// Puts the temporary files of a test run into one folder and removes it at the end. Workers cannot: they are ended by a signal.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export function setup() {
  if (process.env.UVIO_TEST_FOLDER !== undefined) return; // Another project of this run has set it.
  const folder = mkdtempSync(path.join(tmpdir(), "uvio-"));
  process.env.UVIO_TEST_FOLDER = process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
