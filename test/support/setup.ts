/** Runs in each worker of the test runner before its files: a test's process, and its children, see nothing of the runner. */
for (const name of Object.keys(process.env)) {
  if (/^VITEST|^(TEST|FORCE_TTY|NODE_ENV|DEV|PROD|SSR|MODE|BASE_URL)$/.test(name)) delete process.env[name];
}
process.execArgv.length = 0; // These are the runner's; fork() would pass them on.
