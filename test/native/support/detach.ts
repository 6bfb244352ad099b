/** The ways in which JavaScript code can detach an ArrayBuffer that other code still uses. */
import { MessageChannel } from "node:worker_threads";

type Transferable = ArrayBuffer & { transfer?: (length?: number) => ArrayBuffer };

const hasTransfer = "transfer" in ArrayBuffer.prototype;

export const WAYS_TO_DETACH = [
  "structuredClone",
  "MessageChannel",
  ...(hasTransfer ? (["transfer()", "transfer(1)"] as const) : []),
] as const;
export type WayToDetach = (typeof WAYS_TO_DETACH)[number];

/** Null where the buffer refuses, which is as good. */
export function detach(buffer: ArrayBuffer, way: WayToDetach): ArrayBuffer | null {
  try {
    switch (way) {
      case "structuredClone":
        return structuredClone(buffer, { transfer: [buffer] });
      case "MessageChannel": {
        const { port1, port2 } = new MessageChannel();
        port1.postMessage(buffer, [buffer]);
        port1.close();
        port2.close();
        return null;
      }
      case "transfer()":
        return (buffer as Transferable).transfer!();
      case "transfer(1)":
        return (buffer as Transferable).transfer!(1);
    }
  } catch (error) {
    // Node marks external memory as untransferable, so this is a DataCloneError. transfer() ignores that mark; it fails if already detached.
    if ((error as Error).name === "DataCloneError" || error instanceof TypeError) return null;
    throw error;
  }
}
