/** `scandir()`: the entries of a directory, read one by one. */
import type { Dir, Dirent, Stats } from "node:fs";
import { lstat, opendir, stat } from "node:fs/promises";
import { sep } from "node:path";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { wrapFuture } from "../combinators/ensure-future.js";
import { AsyncClosable } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import { inBackground } from "./background.js";
import { Opening } from "./opening.js";

interface Following {
  /** Whether to follow a symbolic link to its target; default true. */
  followSymlinks?: boolean;
}

/** An entry of a directory. Mirrors os.DirEntry. */
export class DirEntry {
  readonly name: string;
  /** The directory's path joined with the name. */
  readonly path: string;
  readonly #entry: Dirent;

  /** @internal */
  constructor(entry: Dirent, folder: string) {
    this.name = entry.name;
    this.path = (folder.endsWith(sep) ? folder : folder + sep) + entry.name;
    this.#entry = entry;
  }

  /** Whether the entry is a symbolic link. */
  isSymlink(): boolean {
    return this.#entry.isSymbolicLink();
  }

  /** Whether the entry is a regular file. */
  isFile(options: Following = {}): Coroutine<boolean> {
    return isKind(this, this.#entry, "isFile", options);
  }

  /** Whether the entry is a directory. */
  isDir(options: Following = {}): Coroutine<boolean> {
    return isKind(this, this.#entry, "isDirectory", options);
  }

  /** Returns the status of the entry as Node's Stats. */
  stat({ followSymlinks = true }: Following = {}): Coroutine<Stats> {
    return followSymlinks ? statOf(this.path) : lstatOf(this.path);
  }

  toString(): string {
    return `<DirEntry '${this.name}'>`;
  }
}

const statOf = inBackground(async function direntStat(path: string) {
  return await stat(path);
});

const lstatOf = inBackground(async function direntLstat(path: string) {
  return await lstat(path);
});

const isKind = coroutine(function* isKind(
  entry: DirEntry,
  known: Dirent,
  kind: "isFile" | "isDirectory",
  { followSymlinks = true }: Following,
) {
  if (!followSymlinks || !known.isSymbolicLink()) return known[kind]();
  try {
    return (yield* statOf(entry.path))[kind]();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return false; // The link's target does not exist.
  }
});

/** Iterates over the entries of a directory, reading them on demand. It closes at the end, in `asyncWith()`, or by `close()`. */
export class ScandirIterator extends AsyncClosable implements AsyncIterableIterator<DirEntry> {
  readonly #directory: Dir;
  readonly #folder: string;
  #closing: Promise<void> | null = null;

  /** @internal */
  constructor(directory: Dir, folder: string) {
    super();
    this.#directory = directory;
    this.#folder = folder;
  }

  /** Reads the next entry; null at the end. */
  nextEntry(): Coroutine<DirEntry | null> {
    return nextOf(() => this.#next());
  }

  next(): Promise<IteratorResult<DirEntry, undefined>> {
    return new Promise((resolve, reject) => {
      void this.nextEntry().then((value) => resolve(value === null ? { done: true, value: undefined } : { done: false, value }), reject);
    });
  }

  /** Called by `break` in a `for await` loop. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  /** Closes the directory. A second call has no effect. */
  close(): Coroutine<void> {
    return closing(() => this.discard());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #next(): Promise<DirEntry | null> {
    if (this.#closing !== null) return null;
    const entry = await this.#directory.read();
    if (entry !== null) return new DirEntry(entry, this.#folder);
    await this.discard();
    return null;
  }

  /** @internal */
  discard(): Promise<void> {
    return (this.#closing ??= this.#directory.close());
  }
}

const nextOf = coroutine(function* next(next: () => Promise<DirEntry | null>) {
  return yield* wrapFuture(next());
});

const closing = coroutine(function* close(close: () => Promise<void>) {
  yield* wrapFuture(close());
});

/** Opens a directory to iterate over its entries. Await it, or use `asyncWith()`, which closes it. Mirrors os.scandir. */
export function scandir(path = "."): Opening<ScandirIterator> {
  if (typeof path !== "string") throw new TypeError(`path must be a string, got ${describe(path)}`);
  return new Opening(
    `scandir(${describe(path)})`,
    async () => new ScandirIterator(await opendir(path), path),
    (entries) => entries.discard(),
  );
}
