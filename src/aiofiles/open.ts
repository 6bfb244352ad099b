/** `open()`, its options, and their checks. */
import { ValueError } from "../core/errors.js";
import { describe } from "../util/format.js";
import { DiskBacking, type Backing, type FilePath } from "./storage/backing.js";
import { BinaryFile } from "./binary-file.js";
import { BLOCK_BYTES, ByteStore } from "./storage/byte-store.js";
import { checkErrorMode, codecOf, type ErrorMode } from "./text/codec.js";
import { parseMode, type Mode } from "./storage/mode.js";
import { checkNewline, type Newline } from "./text/newlines.js";
import { Opening } from "./opening.js";
import { TextFile, type TextFormat } from "./text-file.js";

/** Options of `open()`. Mirror those of Python's open(). */
export interface OpenOptions {
  /**
   * The number of written bytes that are buffered before they go to the system. -1 (the default): 65536. 0: no buffering, binary files
   * only. 1: in text files, until the line ends.
   */
  buffering?: number;
  /** Text files only: "utf-8" (the default), "ascii", "latin-1" or "utf-16-le". */
  encoding?: string | null;
  /** Text files only, for invalid bytes and characters: "strict" (the default) throws, "replace" uses U+FFFD or "?". */
  errors?: ErrorMode | null;
  /**
   * Text files only. null (the default): "\r\n" and "\r" are read as "\n", and "\n" is written as the platform's line end. "": all of them
   * end lines, and nothing is translated. "\n", "\r" or "\r\n": only this ends lines, and "\n" is written as this.
   */
  newline?: Newline;
}

/** The class of a file that is opened in the mode `M`. */
export type FileOf<M extends string> = string extends M ? TextFile | BinaryFile : M extends `${string}b${string}` ? BinaryFile : TextFile;

/** Checked options. */
export interface Settings {
  readonly mode: Mode;
  readonly buffering: number;
  /** Null for a binary file. */
  readonly format: TextFormat | null;
}

/**
 * Opens a file. `mode` is Python's: `r`, `w`, `a` or `x`, with `b` for binary and `+` for reading and writing. Await the result, or use
 * `asyncWith()`, which closes the file. Rejects with Node's errors (ENOENT, EEXIST, EISDIR ...). Throws ValueError for an invalid mode or
 * option, LookupError for an unknown encoding.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import * as aiofiles from "uvio/aiofiles";
 *
 * await asyncio.run(async () => {
 *   await asyncio.asyncWith(aiofiles.tempfile.TemporaryDirectory(), async (folder) => {
 *     const path = `${folder}/poem.txt`;
 *     await asyncio.asyncWith(aiofiles.open(path, "w"), (file) => file.write("roses are red\nviolets are blue\n"));
 *     await asyncio.asyncWith(aiofiles.open(path), async (file) => {
 *       console.log(await file.readline()); // roses are red
 *       for await (const line of file) console.log(line); // violets are blue
 *     });
 *   });
 * });
 * ```
 *
 * Mirrors aiofiles.open.
 */
export function open<M extends string = "r">(path: FilePath, mode?: M, options: OpenOptions = {}): Opening<FileOf<M>> {
  if (typeof path !== "string" && !Buffer.isBuffer(path) && !(path instanceof URL))
    throw new TypeError(`path must be a string, a Buffer or a file: URL, got ${describe(path)}`);
  const settings = checkOptions(mode ?? "r", options);
  return new Opening(
    `open(${describe(path)})`,
    async () => (await fileOver(await DiskBacking.open(path, settings.mode.flags), path, settings)) as FileOf<M>,
    (file) => file.discard(),
  );
}

/** Creates the file object for an open backing. Closes the backing if that fails. */
export async function fileOver(backing: Backing, name: FilePath, { mode, buffering, format }: Settings): Promise<TextFile | BinaryFile> {
  try {
    const store = new ByteStore(backing, mode, mode.appending && backing.seekable ? await backing.size() : 0);
    return format === null ? new BinaryFile(store, name, buffering) : new TextFile(store, name, buffering, format);
  } catch (error) {
    await backing.close();
    throw error;
  }
}

export function checkOptions(modeName: string, options: OpenOptions): Settings {
  const mode = parseMode(modeName);
  const { buffering = -1, encoding = null, errors = null, newline = null } = options;
  if (!Number.isInteger(buffering)) throw new TypeError(`buffering must be an integer, got ${describe(buffering)}`);
  if (mode.binary) {
    for (const [name, value] of Object.entries({ encoding, errors, newline })) {
      if (value !== null)
        throw new ValueError(`binary mode does not support the option ${name}, got ${describe(value)} with mode "${mode.name}"`);
    }
    return { mode, buffering: buffering < 0 ? BLOCK_BYTES : buffering, format: null };
  }
  if (buffering === 0) throw new ValueError("can't have unbuffered text I/O; call flush(), or use binary mode");
  checkNewline(newline);
  if (errors !== null) checkErrorMode(errors);
  return {
    mode,
    buffering: buffering < 0 || buffering === 1 ? BLOCK_BYTES : buffering,
    format: { codec: codecOf(encoding ?? "utf-8"), errors: errors ?? "strict", newline, lineBuffering: buffering === 1 },
  };
}
