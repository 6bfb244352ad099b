import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["build/js/test/**/*.test.js"],
    pool: "forks",
    isolate: process.env.ISO === "1",
    maxWorkers: Number(process.env.MW ?? 2),
    testTimeout: 300_000,
    hookTimeout: 60_000,
    disableConsoleIntercept: true,
    server: { deps: { external: [/\/build\/js\//, /\/dist\//] } },
  },
});
