/** The command line of the benchmark. */
import { parseArgs } from "node:util";

export interface Options {
  scenarios: string[];
  peers: string[];
  rounds: number;
  duration: number;
  warmup: number;
  nodes: string[];
  list: boolean;
  /** Few scenarios and peers, few and short trials. */
  quick: boolean;
}

export const usage = `usage: npm run bench -- [options]
  --quick           a small picture in less than three minutes: some scenarios and peers, 2 rounds of 1 s
  --scenario A,B    only these scenarios, or those whose name goes on after such a text and "-" (all but the sweeps)
  --peers A,B       only peers with such an id, or whose id contains such a text (all of the scenario)
  --rounds N        trials of every peer, interleaved (5; --quick: 2)
  --duration S      measured seconds of a trial (5; --quick: 1)
  --warmup S        seconds before measuring (1; --quick: 0.5)
  --node PATH       the node for the servers (UVIO_NODE, or the one running the benchmark)
  --nodes 20,24     once per Node version, from bench/setup-peers.sh
  --list            show scenarios and peers, and which are missing
  --no-build        use the TypeScript compiled before
  --micro           the micro-benchmarks (npm run bench:micro)
`;

/** The trials of `--quick`, unless the command line has others. */
const quick = { rounds: "2", duration: "1", warmup: "0.5" };

function list(text: string | undefined): string[] {
  return (text ?? "").split(",").filter(Boolean);
}

function number(name: string, text: string, min: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < min) throw new Error(`--${name} must be a number of at least ${min}, got "${text}"`);
  return value;
}

export function readOptions(args: string[]): Options | "help" {
  const { values } = parseArgs({
    args,
    options: {
      scenario: { type: "string" },
      peers: { type: "string" },
      rounds: { type: "string" },
      duration: { type: "string" },
      warmup: { type: "string" },
      node: { type: "string" },
      nodes: { type: "string" },
      list: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  if (values.node !== undefined) process.env.UVIO_NODE = values.node;
  const { rounds = "5", duration = "5", warmup = "1" } = values.quick ? { ...quick, ...values } : values;
  return {
    scenarios: list(values.scenario),
    peers: list(values.peers),
    rounds: Math.floor(number("rounds", rounds, 1)),
    duration: number("duration", duration, 0.1),
    warmup: number("warmup", warmup, 0),
    nodes: list(values.nodes),
    list: values.list,
    quick: values.quick,
  };
}
