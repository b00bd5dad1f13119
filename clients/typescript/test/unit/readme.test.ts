import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  useUnknownInCatchVariables: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  types: ["@dcloudio/types"],
  skipLibCheck: true,
  noEmit: true,
};

describe.each(["README.md", "README.zh-CN.md"])("%s", (name) => {
  const readme = readFileSync(ROOT + name, "utf8");

  test("has TypeScript that compiles as it is in a strict uni-app project", { timeout: 180_000 }, () => {
    const snippets = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text!);
    expect(snippets.length).toBeGreaterThanOrEqual(5);
    expect(errors(snippets)).toEqual([]);
  });

  test("describes every option of the client", () => {
    const source = readFileSync(`${ROOT}src/client.ts`, "utf8");
    const [, options] = /interface ClientOptions \{(.*?)^\}/ms.exec(source)!;
    const names = [...options!.matchAll(/^ {2}(\w+)\??:/gm)].map(([, option]) => option);
    expect(names).toContain("timeout");
    for (const option of names) expect(readme).toContain(`\n| \`${option}\` |`);
  });
});

test("the check finds the errors of a snippet", { timeout: 180_000 }, () => {
  const unknown = 'try { uni.hideToast(); } catch (error) { if (error.code === "network") throw error; }\nexport {};';
  expect(errors([unknown])).toEqual([expect.stringContaining("'error' is of type 'unknown'")]);
});

/** Compiles each snippet as a file of one project; `// wxlogin.ts` in the first line names its file. */
function errors(snippets: string[]): string[] {
  const files = new Map<string, string>();
  snippets.forEach((text, index) => {
    const file = (name: string) => `${ROOT}test/readme/${name}.ts`;
    const named = file(/^\/\/ (\w+)\.ts$/m.exec(text.split("\n")[0]!)?.[1] ?? "");
    files.set(named === file("") || files.has(named) ? file(`snippet-${index}`) : named, text);
  });
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  // The folder of the snippets does not exist.
  delete host.directoryExists;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) =>
    files.has(path)
      ? ts.createSourceFile(path, files.get(path)!, ts.ScriptTarget.ES2022)
      : getSourceFile(path, ...rest);
  host.getCurrentDirectory = () => ROOT;
  const program = ts.createProgram([...files.keys()], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) =>
    `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
}
