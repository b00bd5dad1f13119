import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));
const PACKAGE = "clients/typescript";
/** What a build adds to a checkout. */
const BUILT = new Set(["node_modules", "dist", "LICENSE-APACHE", "LICENSE-MIT"]);
const TARBALL = "wxlogin-client-0.1.0.tgz";
const EXPORTS = ["WxloginClient", "isWxloginError", "uniPlatform", "wxPlatform"];

let folder: string;
/** The package in a checkout in which nothing was installed or built. */
let checkout: string;
/** A mini-program. */
let project: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wxlogin-install-"));
  checkout = join(folder, "wxlogin", PACKAGE);
  cpSync(join(REPOSITORY, PACKAGE), checkout, {
    recursive: true,
    filter: (path) => !BUILT.has(basename(path)),
  });
  for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    cpSync(join(REPOSITORY, license), join(folder, "wxlogin", license));
  }
  project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true }');
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(cwd: string, command: string, ...args: string[]): string {
  const env = { ...process.env, npm_config_prefer_offline: "true", npm_config_fund: "false" };
  return execFileSync(command, args, { cwd, env, encoding: "utf8" });
}

/** Returns the names that a script in the project imports and requires. */
function importedNames(): string[] {
  const script = `
    const required = Object.keys(require("wxlogin-client"));
    import("wxlogin-client").then((imported) =>
      console.log(JSON.stringify(required.filter((name) => name in imported))));`;
  return JSON.parse(run(project, "node", "--eval", script));
}

test("npm install <path> works in a fresh checkout, for production too", () => {
  run(project, "npm", "install", "--omit=dev", "../wxlogin/clients/typescript");
  expect(importedNames()).toEqual(expect.arrayContaining(EXPORTS));
});

test("npm pack works in a fresh checkout, and what it packs can be installed", () => {
  expect(run(checkout, "npm", "pack", "--dry-run")).toContain(TARBALL);
  run(project, "npm", "pack", "../wxlogin/clients/typescript");
  run(project, "npm", "install", `./${TARBALL}`);
  expect(importedNames()).toEqual(expect.arrayContaining(EXPORTS));

  const installed = readdirSync(join(project, "node_modules/wxlogin-client")).sort();
  const documents = ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "README.zh-CN.md"];
  expect(installed).toEqual([...documents, "dist", "package.json"]);
});
