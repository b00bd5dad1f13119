// Checks the size of the client with one platform, minified and gzipped.

import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMIT = 4000;

const { outputFiles } = await build({
  stdin: {
    contents: 'export { WxloginClient, wxPlatform } from "wxlogin-client";',
    resolveDir: process.cwd(),
  },
  bundle: true,
  minify: true,
  target: "es2018",
  format: "esm",
  write: false,
});
const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
console.log(`wxlogin-client with wxPlatform: ${bytes} of ${LIMIT} bytes`);
if (bytes >= LIMIT) process.exitCode = 1;
