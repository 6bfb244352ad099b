/** Recorded scenarios without a translation, and what uvio lacks for them. */
export const MISSING: Readonly<Record<string, string>> = {};
