// Builds wxlogin-client from this repository, unless that was done. In a project of your own it
// comes from npm, and nothing like this is needed.

import { execSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const client = fileURLToPath(new URL("../../../clients/typescript/", import.meta.url));

if (!existsSync(`${client}dist`)) {
  for (const command of ["npm ci --ignore-scripts", "npm run build"]) {
    execSync(command, { cwd: client, stdio: "inherit" });
  }
}
