/** libuv's error codes by name. */
import { constants } from "node:os";

type Name = keyof typeof constants.errno;

export function uv(name: Name): number {
  return -constants.errno[name];
}
