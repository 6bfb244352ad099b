/** Special values for a child's standard streams. They are negative, as in Python, because descriptors start at 0. */

/** Connects the stream to this process by a pipe. Mirrors asyncio.subprocess.PIPE. */
export const PIPE = -1;
/** Sends stderr where stdout goes. Mirrors asyncio.subprocess.STDOUT. */
export const STDOUT = -2;
/** Connects the stream to /dev/null. Mirrors asyncio.subprocess.DEVNULL. */
export const DEVNULL = -3;

/** The constants under their Python names, such as `asyncio.subprocess.PIPE`. */
export const subprocess = { PIPE, STDOUT, DEVNULL } as const;
