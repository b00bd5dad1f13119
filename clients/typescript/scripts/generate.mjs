// Generates src/generated from the OpenAPI document. With --check, only checks whether it is up to date.

import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import { parse } from "yaml";

const DOCUMENT = new URL("../../../openapi.yaml", import.meta.url);
const TARGET = new URL("../src/generated/", import.meta.url);
const HEADER = "// Made from openapi.yaml by `npm run generate`. Do not edit.\n\n";
/** The tags of the operations that mini-programs call. The others are for back ends and operators. */
const TAGS = ["Sign-in", "Account"];

const document = parse(await readFile(DOCUMENT, "utf8"));
keepTags(document, TAGS);
const files = {
  "openapi.ts": astToString(await openapiTS(document)),
  "problem-codes.ts": problemCodes(document),
};

let stale = 0;
for (const [name, text] of Object.entries(files)) {
  const path = new URL(name, TARGET);
  const wanted = HEADER + text;
  if (!process.argv.includes("--check")) await writeFile(path, wanted);
  else if ((await readFile(path, "utf8").catch(() => "")) !== wanted) {
    console.error(`src/generated/${name} does not match openapi.yaml. Run: npm run generate`);
    stale += 1;
  }
}
process.exitCode = stale ? 1 : 0;

/** Removes all operations with other tags, and the schemas that are then unused. */
function keepTags(document, tags) {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, { tags: own }] of Object.entries(operations)) {
      if (!own.some((tag) => tags.includes(tag))) delete operations[method];
    }
    if (Object.keys(operations).length === 0) delete document.paths[path];
  }
  const { schemas } = document.components;
  const used = new Set();
  const follow = (node) => {
    for (const [, name] of JSON.stringify(node).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(schemas[name]);
    }
  };
  follow(document.paths);
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
}

/** The problem codes that the operations declare, each with an example. */
function problemCodes(document) {
  const operations = Object.values(document.paths).flatMap(Object.values);
  const codes = operations
    .flatMap(({ responses }) => Object.values(responses))
    .flatMap(({ content }) => Object.values(content?.["application/problem+json"]?.examples ?? {}))
    .map(({ value }) => `  | "${value.code}"`);
  const lines = [...new Set(codes)].sort().join("\n");
  return `/** A code with which wxlogin reports a failure. */\nexport type ProblemCode =\n${lines};\n`;
}
