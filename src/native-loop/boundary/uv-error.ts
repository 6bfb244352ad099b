import { loadBinding } from "./addon.js";

/** Creates the Error that Node has for a libuv code, `connect ECONNREFUSED 127.0.0.1:80`, with code, errno, syscall, address and port. */
export function uvError(
  errno: number,
  syscall: string,
  address?: string,
  port?: number,
): NodeJS.ErrnoException & { address?: string; port?: number } {
  const [code] = loadBinding().errorName(errno);
  const where = address === undefined ? "" : ` ${address}${port === undefined ? "" : `:${port}`}`;
  const error: NodeJS.ErrnoException & { address?: string; port?: number } = new Error(`${syscall} ${code}${where}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (address !== undefined) error.address = address;
  if (port !== undefined) error.port = port;
  return error;
}
