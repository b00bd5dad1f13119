// Builds dist: a file for `require` and for WeChat's npm build, a file for `import`, and the types.

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
// Node's module resolution requires a .d.mts file for the types of an ES module.
writeFileSync("dist/esm/index.d.mts", 'export * from "../types/index.js";\n');
