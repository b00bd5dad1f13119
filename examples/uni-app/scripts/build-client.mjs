// Builds wxlogin-client from this repository. Your own project installs it from npm and does not need
// this script.

import { execSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const client = fileURLToPath(new URL("../../../clients/typescript/", import.meta.url));

const run = (command) => execSync(command, { cwd: client, stdio: "inherit" });

if (!existsSync(`${client}node_modules`)) run("npm ci --ignore-scripts");
run("npm run build");
