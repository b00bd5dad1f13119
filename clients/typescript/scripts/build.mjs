// Makes dist: one file for `require` and for WeChat's own npm build, one for `import`, and the types.

import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
rmSync("dist", { recursive: true, force: true });

for (const [format, outfile] of [["cjs", "dist/cjs/index.js"], ["esm", "dist/esm/index.mjs"]]) {
  await build({ entryPoints: ["src/index.ts"], bundle: true, target: "es2018", format, outfile });
}
execFileSync("npx", ["tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
// Node's resolution takes the types of an ES module from a file of that kind.
writeFileSync("dist/esm/index.d.mts", 'export * from "../types/index.js";\n');
