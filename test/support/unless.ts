/** Why a test does not run here. */
declare module "vitest" {
  interface TaskMeta {
    /** Why a test or a group is skipped; the reporter prints it. */
    reason?: string;
  }
}

/** Options of a test or a group that cannot run here for this reason, if there is one: `test(name, unless(reason), body)`. */
export function unless(reason: string | false): { skip: boolean; meta: { reason?: string } } {
  return reason === false ? { skip: false, meta: {} } : { skip: true, meta: { reason } };
}
