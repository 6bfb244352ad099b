import type { DatagramBackend } from "../net/datagram-endpoint.js";
import type { PipeBackend } from "../net/pipe-endpoints.js";
import type { StreamBackend } from "../net/stream-backend.js";
import type { SpawnBackend } from "../subprocess/spawn-request.js";

/**
 * Everything that the portable and the native loop open in different ways. Each has one constant backend object. A loop passes itself to
 * its backend, so a backend may require its own kind of loop.
 */
export interface LoopBackend extends StreamBackend, DatagramBackend, PipeBackend, SpawnBackend {}
