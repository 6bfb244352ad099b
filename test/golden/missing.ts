/** The recorded scenarios that are not translated, with the features that uvio lacks for them. */
export const MISSING: Readonly<Record<string, string>> = {};
