// Builds the C++ addon to build/Release/uvio.node. native/sources.txt lists the sources for every build system.
//
//   node scripts/build-native.mjs [release|debug|sanitize] [--with=cmake|gyp|direct|install]
//
// cmake    cmake-js; for development, writes build-<mode>/compile_commands.json. The default if CMake is installed.
// gyp      node-gyp, from binding.gyp.
// direct   the C++ compiler alone: for machines without Python or make.
// install  gyp if its tools are installed, else direct: what `npm install` does. The default without CMake.
//
// A sanitize build is left in build-sanitize/uvio.node, because only a process with the sanitizer's library preloaded can load it.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "build", "Release", "uvio.node");
const modes = ["release", "debug", "sanitize"];
/** As in CMakeLists.txt and binding.gyp. */
const napiDefines = ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"];
const sanitizers = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer"];

/** The prefix whose include/node has the headers of this Node; undefined if there is none. */
function findNodePrefix() {
  const candidates = [process.env.npm_config_nodedir, dirname(dirname(process.execPath)), process.config.variables.node_prefix];
  return candidates.find((prefix) => prefix && existsSync(join(prefix, "include", "node", "node_api.h")));
}

/**
 * Builds the addon and returns its path. Throws an Error with the missing tool or the output of the failed one.
 * @param {{ mode?: string, with?: string, quiet?: boolean }} [options]
 */
export function buildNative(options = {}) {
  const mode = options.mode ?? "release";
  if (!modes.includes(mode)) throw new Error(`unknown mode ${mode}; expected one of ${modes.join(", ")}`);
  if (process.platform === "win32") throw new Error("the native loop is not available on Windows");
  const system = chooseSystem(options.with);
  const builder = builders[system];
  if (builder === undefined) throw new Error(`unknown build system ${system}; expected one of ${Object.keys(builders).join(", ")}`);
  const built = builder(mode, options.quiet ? "pipe" : "inherit");
  if (built === target || mode === "sanitize") return built;
  mkdirSync(dirname(target), { recursive: true });
  // Renamed into place, so that a running process keeps the file that it has loaded.
  const temporary = `${target}.${process.pid}`;
  copyFileSync(built, temporary);
  renameSync(temporary, target);
  return target;
}

function chooseSystem(asked) {
  if (asked !== undefined && asked !== "install") return asked;
  // The package has neither CMakeLists.txt nor binding.gyp, whatever is installed beside it.
  if (asked === undefined && isHere("CMakeLists.txt") && has("cmake") && canResolve("cmake-js/package.json")) return "cmake";
  const hasGyp = isHere("binding.gyp") && canResolve("node-gyp/package.json") && has("make") && (has("python3") || has("python"));
  return hasGyp ? "gyp" : "direct";
}

const builders = {
  cmake(mode, stdio) {
    const out = `build-${mode}`;
    const prefix = findNodePrefix();
    const args = ["compile", "--out", out, ...(mode === "release" ? [] : ["--debug"])];
    if (prefix !== undefined) args.push(`--CDUVIO_NODE_INCLUDE=${join(prefix, "include", "node")}`);
    args.push(`--CDUVIO_SANITIZE=${mode === "sanitize" ? "ON" : "OFF"}`);
    // The output folder depends on the mode, not on CMake's configuration.
    args.push(`--CDCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(root, out)}`);
    for (const type of ["RELEASE", "DEBUG"]) args.push(`--CDCMAKE_LIBRARY_OUTPUT_DIRECTORY_${type}=${join(root, out)}`);
    const environment = prefix === undefined ? {} : { npm_config_nodedir: prefix };
    run(process.execPath, [packageBin("cmake-js"), ...args], stdio, environment);
    return join(root, out, "uvio.node");
  },

  gyp(mode, stdio) {
    if (mode === "sanitize") throw new Error("sanitizer builds require --with=cmake or --with=direct");
    const prefix = findNodePrefix();
    const args = ["configure", "build", `--jobs=${availableParallelism()}`];
    if (prefix !== undefined) args.push(`--nodedir=${prefix}`);
    if (mode === "debug") args.push("--debug");
    run(process.execPath, [packageBin("node-gyp"), ...args], stdio);
    return join(root, "build", mode === "debug" ? "Debug" : "Release", "uvio.node");
  },

  direct(mode, stdio) {
    const compiler = [process.env.CXX, "c++", "g++", "clang++"].find((name) => name && has(name));
    if (compiler === undefined) throw new Error("no C++ compiler found (tried c++, g++ and clang++); set CXX to another one");
    const prefix = findNodePrefix();
    if (prefix === undefined) {
      throw new Error("Node's headers not found beside node; set npm_config_nodedir to the prefix that has include/node");
    }
    const out = join(root, `build-${mode}`);
    mkdirSync(out, { recursive: true });
    const file = join(out, "uvio.node");
    const sources = readFileSync(join(root, "native", "sources.txt"), "utf8")
      .trim()
      .split("\n");
    const flags = {
      release: ["-O2"],
      debug: ["-O0", "-g"],
      sanitize: ["-O1", "-g", ...sanitizers],
    }[mode];
    const link =
      process.platform === "darwin"
        ? ["-undefined", "dynamic_lookup"]
        : ["-Wl,-z,nodelete", "-Wl,--as-needed", "-Wl,--version-script=native/exports.map"];
    run(
      compiler,
      [
        ...["-std=c++20", "-fPIC", "-shared", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", "-Wall", "-Wextra"],
        ...flags,
        ...napiDefines.map((name) => `-D${name}`),
        "-Inative",
        ...["-isystem", join(prefix, "include", "node")],
        ...["-isystem", packageFolder("node-addon-api")],
        ...sources,
        ...link,
        ...["-o", file],
      ],
      stdio,
    );
    return file;
  },
};

function run(command, args, stdio, environment = {}) {
  const options = { cwd: root, stdio, encoding: "utf8", env: { ...process.env, ...environment } };
  const result = spawnSync(command, args, options);
  if (result.error) throw result.error;
  if (result.status === 0) return;
  const output = [result.stdout, result.stderr].filter(Boolean).join("\n");
  const name = command === process.execPath ? args[0] : command;
  throw new Error(`${name} failed (${result.signal ?? `exit code ${result.status}`})${output && `:\n${output}`}`);
}

function has(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

function isHere(file) {
  return existsSync(join(root, file));
}

function canResolve(name) {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** The folder of a package, which may be in a node_modules further up. */
function packageFolder(name) {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** The file that implements a package's command of the same name. */
function packageBin(name) {
  const folder = packageFolder(name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[name]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { with: { type: "string" }, mode: { type: "string" } },
  });
  try {
    console.log(buildNative({ mode: values.mode ?? positionals[0], with: values.with }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
