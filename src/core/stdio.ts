/** What a child process gets as a standard stream. Descriptors are numbers from 0, so these are negative, as in Python. */

/** A pipe to us. Mirrors asyncio.subprocess.PIPE. */
export const PIPE = -1;
/** For stderr: where stdout goes. Mirrors asyncio.subprocess.STDOUT. */
export const STDOUT = -2;
/** Nothing: /dev/null. Mirrors asyncio.subprocess.DEVNULL. */
export const DEVNULL = -3;

/** The constants under the name that Python has them by: `asyncio.subprocess.PIPE`. */
export const subprocess = { PIPE, STDOUT, DEVNULL } as const;
