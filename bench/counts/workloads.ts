/** The workloads of `npm run counts`: what the counted process and the process with its clients must agree on. */

/** A run is a number of segments, which have the same work. The first ones warm the compilers up. */
export interface Workload {
  name: string;
  /** Messages or operations of one segment. */
  operations: number;
  warmup: number;
  measured: number;
  /** Whether functions are to be optimized much sooner than usual: a long path would need a long warm-up otherwise. */
  optimizesSoon: boolean;
  /** For a server: the messages that clients send in one round, and the rounds of one segment. */
  load?: RoundShape;
}

export interface RoundShape {
  connections: number;
  /** Messages of each connection in one round. */
  inflight: number;
  messageBytes: number;
  /** Whether a message is a line. */
  isLine: boolean;
  rounds: number;
}

function server(name: string, warmup: number, load: RoundShape): Workload {
  const operations = load.connections * load.inflight * load.rounds;
  return { name, operations, warmup, measured: 4, optimizesSoon: load.isLine, load };
}

function futures(name: string, warmup: number, measured: number): Workload {
  return { name, operations: tasks * futuresPerTask, warmup, measured, optimizesSoon: false };
}

const echo: RoundShape = { connections: 50, inflight: 1, messageBytes: 1024, isLine: false, rounds: 60 };
const lines: RoundShape = { connections: 50, inflight: 16, messageBytes: 64, isLine: true, rounds: 2 };

/** The tasks of bench/micro/. */
const tasks = 100;
export const futuresPerTask = 30;

export const workloads: Workload[] = [
  server("echo", 3, echo),
  server("lines-async", 11, lines),
  server("lines-generators", 11, lines),
  futures("futures-async", 13, 3),
  // Segments 21 to 23 were faster by a quarter, but repeated within 3 % only, too.
  futures("futures-generators", 4, 2),
];

export function findWorkload(name: string | undefined): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found !== undefined) return found;
  throw new Error(`unknown workload "${name}"; expected one of ${workloads.map((workload) => workload.name).join(", ")}`);
}

export function roundBytes(load: RoundShape): number {
  return load.connections * load.inflight * load.messageBytes;
}
