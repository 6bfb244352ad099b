/** The addon that was built last, as a system sees it on which it is to be loaded. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, it } from "vitest";
import { unless } from "../support/unless.js";
import { root } from "./tree.js";

const addon = path.join(root, "build", "Release", "uvio.node");
/** That of RHEL 8, and of the systems that Node's own binaries are built for. */
const OLDEST_GLIBC = [2, 28] as const;

function whyNot(): string | false {
  if (process.platform !== "linux") return "it looks at an ELF file";
  if (!existsSync(addon)) return "the addon is not built";
  return spawnSync("objdump", ["--version"], { stdio: "ignore" }).status !== 0 && "objdump is not installed";
}

describe("the addon", unless(whyNot()), () => {
  const objdump = (flag: string): string => execFileSync("objdump", [flag, addon], { encoding: "utf8" });

  it("asks for no function of glibc that is newer than 2.28", () => {
    const asked = [...objdump("-T").matchAll(/\(GLIBC_(\d+)\.(\d+)[^)]*\)\s+(\S+)/g)];
    assert.ok(asked.length > 0);
    const newer = asked.filter(([, major, minor]) => Number(major) > OLDEST_GLIBC[0] || Number(minor) > OLDEST_GLIBC[1]);
    assert.deepEqual(
      newer.map(([text]) => text),
      [],
    );
  });

  it("needs no C++ library, and no other than the C library", () => {
    assert.doesNotMatch(objdump("-T"), /GLIBCXX|CXXABI|GCC_/);
    const needed = [...objdump("-p").matchAll(/NEEDED\s+(\S+)/g)].map(([, name]) => name!);
    assert.deepEqual(
      needed.filter((name) => !/^(libc\.so|libc\.musl|ld-linux)/.test(name)),
      [],
    );
  });

  it("exports Node's entry alone", () => {
    const exported = [...objdump("-T").matchAll(/^\S+ +[gwu] +\w+ +\.\S+\s+\S+\s+(?:\S+\s+)?(\S+)$/gm)].map(([, name]) => name!);
    assert.deepEqual(exported.sort(), ["napi_register_module_v1", "node_api_module_get_api_version_v1"]);
  });
});
