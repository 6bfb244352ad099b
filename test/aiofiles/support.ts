/** Runs test programs on files in a temporary directory. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eachSpelling, failure, type Body, type Scene, type Target } from "../semantics/scenes.js";

export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "uvio-test-"));

  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.join(name), content);
    return this.join(name);
  }

  read(name: string): string {
    return readFileSync(this.join(name), "latin1");
  }

  names(): string[] {
    return readdirSync(this.path).sort();
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Awaits what must fail with an error of the system. */
export function* systemFailure(target: Target<unknown>, code: string): Body<NodeJS.ErrnoException> {
  const error = (yield* failure(target, Error)) as NodeJS.ErrnoException;
  assert.equal(error.code, code, String(error));
  return error;
}

/** One test for each kind of loop and each spelling. */
export function fileProgram(name: string, main: (scene: Scene, folder: Folder) => Body<void>): void {
  eachSpelling(name, async (scene) => {
    const folder = new Folder();
    try {
      await scene.t.run(scene.fn(() => main(scene, folder)).lazy());
    } finally {
      folder.remove();
    }
  });
}
