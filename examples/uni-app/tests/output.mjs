// The directory that WeChat's developer tools open.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const OUTPUT = fileURLToPath(new URL("../dist/build/mp-weixin/", import.meta.url));

/** The paths of all files, relative to the directory. */
export const files = readdirSync(OUTPUT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.replace(/\/+/g, "/").slice(OUTPUT.length))
  .sort();

export function withEnding(ending) {
  return files.filter((file) => file.endsWith(ending));
}

export function read(file) {
  return readFileSync(OUTPUT + file, "utf8");
}

export function readJson(file) {
  return JSON.parse(read(file));
}

export function size(file) {
  return statSync(OUTPUT + file).size;
}
