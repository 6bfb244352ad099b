/** `aiofiles.tempfile`: Python's tempfile. Await each result, or use `asyncWith()`, which also removes the file or directory. */
import { randomBytes } from "node:crypto";
import { mkdir, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import type { Suspension } from "../core/contracts.js";
import { Awaitable } from "../tasks/awaitable.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { wrapFuture } from "../combinators/ensure-future.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import { lazy, type AsyncManager } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import { DiskBacking, EXCLUSIVE, type Backing } from "./storage/backing.js";
import { BinaryFile } from "./binary-file.js";
import { ByteStore } from "./storage/byte-store.js";
import { checkOptions, fileOver, type FileOf, type OpenOptions, type Settings } from "./open.js";
import { Opening } from "./opening.js";
import { SpooledBacking } from "./spooled.js";
import { TextFile } from "./text-file.js";

export interface NameOptions {
  /** The end of the name. */
  suffix?: string;
  /** The start of the name; default "tmp". */
  prefix?: string;
  /** The parent directory; null for the system's directory for temporary files. */
  dir?: string | null;
}

export interface TemporaryFileOptions extends OpenOptions, NameOptions {}

export interface NamedTemporaryFileOptions extends TemporaryFileOptions {
  /** Whether the file is removed when it is closed; default true. */
  delete?: boolean;
}

const MAX_TRIES = 100;
const PRIVATE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

/**
 * Creates a file without a name, which disappears when it is closed. `mode`: as in `open()`.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import * as aiofiles from "uvio/aiofiles";
 *
 * await asyncio.run(() =>
 *   asyncio.asyncWith(aiofiles.tempfile.TemporaryFile("w+"), async (file) => {
 *     await file.write("kept for a while");
 *     await file.seek(0);
 *     console.log(await file.read()); // kept for a while
 *   }),
 * );
 * ```
 *
 * Mirrors tempfile.TemporaryFile.
 */
export function TemporaryFile<M extends string = "w+b">(mode?: M, options: TemporaryFileOptions = {}): Opening<FileOf<M>> {
  const settings = checkOptions(mode ?? "w+b", options);
  checkNames(options);
  return new Opening(
    "TemporaryFile()",
    async () => {
      return (await fileOver(await nameless(options), "", settings)) as FileOf<M>;
    },
    (file) => file.discard(),
  );
}

/**
 * Creates a file that is removed when it is closed; its `name` is the path. `mode`: as in `open()`. Mirrors tempfile.NamedTemporaryFile.
 */
export function NamedTemporaryFile<M extends string = "w+b">(mode?: M, options: NamedTemporaryFileOptions = {}): Opening<FileOf<M>> {
  const settings = checkOptions(mode ?? "w+b", options);
  checkNames(options);
  const { delete: deleted = true } = options;
  return new Opening(
    "NamedTemporaryFile()",
    async () => {
      const { path, made } = await create(options);
      return (await fileOver(deleted ? new DeletedBacking(made, path) : made, path, settings)) as FileOf<M>;
    },
    (file) => file.discard(),
  );
}

/** A binary file in memory, moved to disk when it grows. */
export class SpooledBinaryFile extends BinaryFile {
  readonly #spool: SpooledBacking;

  /** @internal */
  constructor(spool: SpooledBacking, { mode, buffering }: Settings) {
    super(new ByteStore(spool, mode, 0), "", buffering);
    this.#spool = spool;
  }

  /** Moves the file to disk now. Afterwards it has a `fileno()`. */
  rollover(): Coroutine<void> {
    return rollover(this.store, this.#spool);
  }
}

/** A text file in memory, moved to disk when it grows. */
export class SpooledTextFile extends TextFile {
  readonly #spool: SpooledBacking;

  /** @internal */
  constructor(spool: SpooledBacking, { mode, buffering, format }: Settings) {
    super(new ByteStore(spool, mode, 0), "", buffering, format!);
    this.#spool = spool;
  }

  /** Moves the file to disk now. Afterwards it has a `fileno()`. */
  rollover(): Coroutine<void> {
    return rollover(this.store, this.#spool);
  }
}

const rollover = coroutine(function* rollover(store: ByteStore, spool: SpooledBacking) {
  yield* store.run(() => spool.rollover());
});

/** The class of a spooled file that is opened in the mode `M`. */
export type SpooledFileOf<M extends string> = string extends M
  ? SpooledTextFile | SpooledBinaryFile
  : M extends `${string}b${string}`
    ? SpooledBinaryFile
    : SpooledTextFile;

/**
 * Creates a file that is kept in memory until it exceeds `maxSize` bytes; with 0 it always is. `mode`: as in `open()`. Mirrors
 * tempfile.SpooledTemporaryFile.
 */
export function SpooledTemporaryFile<M extends string = "w+b">(
  maxSize = 0,
  mode?: M,
  options: TemporaryFileOptions = {},
): Opening<SpooledFileOf<M>> {
  if (!Number.isSafeInteger(maxSize) || maxSize < 0)
    throw new TypeError(`maxSize must be a non-negative integer, got ${describe(maxSize)}`);
  const settings = checkOptions(mode ?? "w+b", options);
  checkNames(options);
  return new Opening(
    "SpooledTemporaryFile()",
    async () => {
      const spool = new SpooledBacking(maxSize, () => nameless(options));
      const file = settings.format === null ? new SpooledBinaryFile(spool, settings) : new SpooledTextFile(spool, settings);
      return file as SpooledFileOf<M>;
    },
    (file) => file.discard(),
  );
}

/** A temporary directory, the result of awaiting `TemporaryDirectory()`. `asyncWith()` removes it. */
export class TemporaryFolder implements AsyncManager<string, void>, AsyncDisposable {
  get [lazy](): true {
    return true;
  }

  /** The path. */
  readonly name: string;

  /** @internal */
  constructor(name: string) {
    this.name = name;
  }

  /** Removes the directory and its content. A second call has no effect. */
  cleanup(): Coroutine<void> {
    return cleanup(this.name);
  }

  /** Equivalent to `cleanup()`. */
  close(): Coroutine<void> {
    return this.cleanup();
  }

  aenter(): SyncAwaitable<string> {
    return new SyncAwaitable(() => this.name);
  }

  aexit(): Coroutine<void> {
    return this.cleanup();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanup();
  }
}

const removeAll = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

const cleanup = coroutine(function* cleanup(path: string) {
  yield* wrapFuture(removeAll(path));
});

/** The awaitable that `TemporaryDirectory()` returns. Await it to get the directory, or pass it to `asyncWith()` to get its path. */
export class TemporaryDirectoryOpening extends Awaitable<TemporaryFolder> implements AsyncManager<string, void> {
  get [lazy](): true {
    return true;
  }

  readonly #opening: Opening<TemporaryFolder>;

  /** @internal */
  constructor(options: NameOptions) {
    super();
    this.#opening = new Opening(
      "TemporaryDirectory()",
      async () => new TemporaryFolder((await firstFree(options, (path) => mkdir(path, PRIVATE_DIRECTORY))).path),
      (folder) => removeAll(folder.name),
    );
  }

  override [Symbol.iterator](): Generator<Suspension, TemporaryFolder, unknown> {
    return this.#opening[Symbol.iterator]();
  }

  aenter(): Coroutine<string> {
    return nameOf(this.#opening);
  }

  aexit(): Coroutine<void> {
    return this.#opening.aexit();
  }
}

const nameOf = coroutine(function* TemporaryDirectory(opening: Opening<TemporaryFolder>) {
  return (yield* opening).name;
});

/** Creates a directory that is removed with its content. `asyncWith()` passes its path. Mirrors tempfile.TemporaryDirectory. */
export function TemporaryDirectory(options: NameOptions = {}): TemporaryDirectoryOpening {
  checkNames(options);
  return new TemporaryDirectoryOpening(options);
}

function checkNames({ suffix = "", prefix = "", dir = null }: NameOptions): void {
  for (const [name, value] of Object.entries({ suffix, prefix, dir: dir ?? "" })) {
    if (typeof value !== "string") throw new TypeError(`${name} must be a string, got ${describe(value)}`);
  }
}

function create(options: NameOptions): Promise<{ path: string; made: DiskBacking }> {
  return firstFree(options, (path) => DiskBacking.open(path, EXCLUSIVE, PRIVATE));
}

/** Tries random names until it finds an unused one. */
async function firstFree<T>(
  { suffix = "", prefix = "tmp", dir = null }: NameOptions,
  make: (path: string) => Promise<T>,
): Promise<{ path: string; made: T }> {
  for (let tries = 1; ; tries++) {
    const path = resolve(dir ?? tmpdir(), `${prefix}${randomBytes(6).toString("hex")}${suffix}`);
    try {
      return { path, made: await make(path) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || tries === MAX_TRIES) throw error;
    }
  }
}

/** Creates a file and removes its name at once, if the system supports that. On Windows the name is removed when the file is closed. */
async function nameless(options: NameOptions): Promise<Backing> {
  const { path, made } = await create(options);
  if (process.platform === "win32") return new DeletedBacking(made, path);
  try {
    await unlink(path);
    return made;
  } catch (error) {
    await made.close();
    throw error;
  }
}

/** A file whose name is removed when it is closed. */
class DeletedBacking implements Backing {
  readonly seekable = true;
  readonly #backing: Backing;
  readonly #path: string;

  constructor(backing: Backing, path: string) {
    this.#backing = backing;
    this.#path = path;
  }

  get fd(): number | null {
    return this.#backing.fd;
  }

  read(into: Buffer, position: number): Promise<number> {
    return this.#backing.read(into, position);
  }

  write(data: Buffer, position: number): Promise<number> {
    return this.#backing.write(data, position);
  }

  truncate(size: number): Promise<void> {
    return this.#backing.truncate(size);
  }

  size(): Promise<number> {
    return this.#backing.size();
  }

  async close(): Promise<void> {
    await this.#backing.close();
    await rm(this.#path, { force: true }); // The program may have removed or renamed it.
  }
}
