/** The entry point `uvio/aiofiles`: asynchronous file access. Mirrors the Python package aiofiles. */
export { open, type FileOf, type OpenOptions } from "./aiofiles/open.js";
export { Opening } from "./aiofiles/opening.js";
export { TextFile } from "./aiofiles/text-file.js";
export { BinaryFile } from "./aiofiles/binary-file.js";
export { File, SEEK_CUR, SEEK_END, SEEK_SET, type Writable } from "./aiofiles/file.js";
export { UnicodeDecodeError, UnicodeEncodeError, UnsupportedOperation } from "./aiofiles/storage/errors.js";
export type { FilePath } from "./aiofiles/storage/backing.js";
export type { ErrorMode } from "./aiofiles/text/codec.js";
export type { Newline } from "./aiofiles/text/newlines.js";
export * as os from "./aiofiles/os.js";
export * as tempfile from "./aiofiles/tempfile.js";
