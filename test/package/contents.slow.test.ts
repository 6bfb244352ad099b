/** The files of the published package. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, it } from "vitest";
import { unless } from "../support/unless.js";
import { installed, makeProject, run, tarball } from "./projects.js";

let folder: string;
let files: string[];
beforeAll(() => {
  const project = makeProject({});
  execFileSync("tar", ["-xzf", tarball, "-C", project]);
  folder = path.join(project, "package");
  files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => statSync(path.join(folder, name)).isFile());
});

function read(file: string): string {
  return readFileSync(path.join(folder, file), "utf8");
}

describe("the package", () => {
  it("has nothing that npm would run or compile", () => {
    assert.deepEqual(
      files.filter((name) => name.endsWith(".gyp")),
      [],
    );
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    assert.deepEqual(scripts, { "build:native": "node scripts/build-native.mjs" });
    assert.ok(existsSync(path.join(folder, "scripts/build-native.mjs")));
  });

  it("is under 1 MB", () => {
    assert.ok(statSync(tarball).size < 1e6, `${statSync(tarball).size} bytes`);
  });

  it("has no dead link in its documents", () => {
    const documents = files.filter((name) => name.endsWith(".md"));
    assert.ok(documents.length > 10, String(documents));
    const dead = documents.flatMap((document) => {
      const prose = read(document).replace(/```[\s\S]*?```/g, "");
      const targets = [...prose.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target!);
      const isDead = (target: string): boolean => !existsSync(path.join(folder, path.dirname(document), target));
      return targets.filter(isDead).map((target) => `${document}: ${target}`);
    });
    assert.deepEqual(dead, []);
  });

  it("has the sources of its code in the maps", () => {
    const scripts = files.filter((name) => name.startsWith("dist") && name.endsWith(".js"));
    assert.ok(scripts.length > 0);
    for (const script of scripts) {
      const { sources, sourcesContent } = JSON.parse(read(`${script}.map`)) as { sources: string[]; sourcesContent?: (string | null)[] };
      assert.ok(sourcesContent?.length === sources.length && sourcesContent.every((text) => text !== null), script);
    }
  });

  it("names the missing platform and the command that builds its addon, which then works", unless(whyNoBuild()), async () => {
    const project = await installed({
      "missing.mjs": 'import * as uvloop from "uvio/uvloop"; console.log(uvloop.isAvailable(), uvloop.unavailableReason());',
    });
    rmSync(path.join(project, "node_modules/uvio/prebuilds"), { recursive: true, force: true });
    const { output } = await run(project, process.env, process.execPath, "missing.mjs");
    const [, platform, command] =
      /^false the native loop has no addon for (.+); build it with a C\+\+20 compiler: (.+), or use/.exec(output) ?? [];
    assert.match(platform ?? output, new RegExp(`^${process.platform}-${process.arch}( \\((glibc [\\d.]+|musl)\\))?$`));
    const built = await run(project, process.env, "sh", "-c", command!);
    assert.equal(built.code, 0, built.output);
    assert.equal((await run(project, process.env, process.execPath, "missing.mjs")).output, "true null\n");
  });
});

function whyNoBuild(): string | false {
  return spawnSync("c++", ["--version"], { stdio: "ignore" }).status !== 0 && "there is no C++ compiler (c++)";
}
