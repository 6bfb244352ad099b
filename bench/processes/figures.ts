/** The output of a measured program: its own time, and the CPU time of its process without its children. */
export interface Figures {
  seconds: number;
  cpuSeconds: number;
}

/** Runs the work that the program's arguments specify (`name size`) twice. The first run, at an eighth of the size, is the warm-up. */
export async function measure(works: Readonly<Record<string, (size: number) => Promise<void>>>): Promise<void> {
  const [name, size] = [process.argv[2]!, Number(process.argv[3])];
  const work = works[name];
  if (work === undefined) throw new Error(`unknown work ${name}; expected one of ${Object.keys(works).join(", ")}`);
  await work(Math.ceil(size / 8));
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  await work(size);
  const seconds = (performance.now() - before) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6 } satisfies Figures));
}

export function check(received: number, sent: number): void {
  if (received !== sent) throw new Error(`${received} bytes were received, expected ${sent}`);
}
