import tseslint from "typescript-eslint";

/** Rules that say nothing about a program's meaning are prettier's; what is here has found, or would find, a bug. */
export default tseslint.config(
  { ignores: ["dist/", "build/", "build-*/", "prebuilds/", "node_modules/", ".cache/", "bench/results/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: ["./tsconfig.json", "./tsconfig.test.json"], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-unsafe-finally": "error",
      "require-yield": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports", disallowTypeAnnotations: false }],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // A leading underscore says: part of the signature, not used here.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // `ring[i]!` says that the index is known to be there; a check would cost hot loops what the types cannot know.
      "@typescript-eslint/no-non-null-assertion": "off",
      // A contract and the abstract class that implements it share a name, as in asyncio.
      "@typescript-eslint/no-unsafe-declaration-merging": "off",
      // A class has a second base by an interface of its name.
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      // Walks from a node to its root begin at `this`.
      "@typescript-eslint/no-this-alias": "off",
    },
  },
  {
    // Tests throw what users throw, call what types forbid, and write coroutines that need not wait.
    files: ["test/**/*.ts", "bench/**/*.ts", "examples/**/*.ts"],
    rules: {
      "require-yield": "off",
      "@typescript-eslint/switch-exhaustiveness-check": "off",
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", name: ["test", "it", "describe"], package: "vitest" }] },
      ],
    },
  },
  {
    // As in asyncio, a cancellation that comes while the lock is taken back wins over what the wait has given.
    files: ["src/sync/condition.ts"],
    rules: { "no-unsafe-finally": "off" },
  },
  {
    files: ["**/*.{js,mjs}"],
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error", "no-unused-vars": ["error", { varsIgnorePattern: "^_" }] },
  },
);
