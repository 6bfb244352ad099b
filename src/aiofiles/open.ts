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

/** Options of `open`. Mirrors those of Python's open(). */
export interface OpenOptions {
  /**
   * How many bytes that were written wait for more of them before the system gets them: -1 for 65536, 0 for none (binary only), 1 in text
   * for all until the line's end.
   */
  buffering?: number;
  /** "utf-8" (the default), "ascii", "latin-1" or "utf-16-le". Text only. */
  encoding?: string | null;
  /** What is done about what does not fit the encoding: "strict" (the default) throws, "replace" puts U+FFFD or "?". Text only. */
  errors?: ErrorMode | null;
  /**
   * Line ends. null: "\r\n" and "\r" are read as "\n", "\n" is written as the system's. "": lines end with any of them, nothing is
   * translated. "\n", "\r", "\r\n": this one ends lines, and is written for "\n". Text only.
   */
  newline?: Newline;
}

/** The class of file that a mode stands for. */
export type FileOf<M extends string> = string extends M ? TextFile | BinaryFile : M extends `${string}b${string}` ? BinaryFile : TextFile;

/** Options that were checked. */
export interface Settings {
  readonly mode: Mode;
  readonly buffering: number;
  /** null: binary. */
  readonly format: TextFormat | null;
}

/**
 * Opens a file. `mode` is Python's: `r`, `w`, `a` or `x`, with `b` for bytes and `+` for reading and writing. Await it, or let `asyncWith`
 * close the file. Rejects with Node's errors (ENOENT, EEXIST, EISDIR ...); throws ValueError for a mode that is none.
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

/** The file object for a backing that is open. */
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
  if (!Number.isInteger(buffering)) throw new TypeError(`buffering must be an integer number of bytes, got ${describe(buffering)}`);
  if (mode.binary) {
    for (const [name, value] of Object.entries({ encoding, errors, newline })) {
      if (value !== null)
        throw new ValueError(`binary mode doesn't take the option ${name}, got ${describe(value)} with mode "${mode.name}"`);
    }
    return { mode, buffering: buffering < 0 ? BLOCK_BYTES : buffering, format: null };
  }
  if (buffering === 0) throw new ValueError("can't have unbuffered text I/O: await flush(), or open the file in binary mode");
  checkNewline(newline);
  if (errors !== null) checkErrorMode(errors);
  return {
    mode,
    buffering: buffering < 0 || buffering === 1 ? BLOCK_BYTES : buffering,
    format: { codec: codecOf(encoding ?? "utf-8"), errors: errors ?? "strict", newline, lineBuffering: buffering === 1 },
  };
}
