// Makes the package complete for `npm pack` and `npm install <path>`, also in a fresh checkout.

import { execSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const run = (command) => execSync(command, { stdio: "inherit" });

// The flags replace those of the outer npm command, which npm passes on.
if (!existsSync("node_modules/esbuild")) {
  run("npm ci --ignore-scripts --include=dev --no-dry-run --no-global --no-progress");
}
run("npm run build");
for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(`../../${name}`, name);
