import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createContext, runInContext } from "node:vm";
import ts from "typescript";
import { expect, test } from "vitest";
import type * as Package from "../../src/index.js";

const require = createRequire(import.meta.url);
const manifest = require("../../package.json");

/** The globals of a mini-program besides ECMAScript. */
const BARE = { setTimeout, clearTimeout };

test("runs without browser globals", async () => {
  const module = { exports: {} as typeof Package };
  const text = readFileSync(require.resolve("wxlogin-client"), "utf8");
  const context = createContext({ ...BARE, module, exports: module.exports });
  expect(runInContext("typeof URL + typeof fetch + typeof crypto + typeof TextEncoder", context)).toBe(
    "undefined".repeat(4),
  );
  runInContext(text, context);

  const { WxloginClient, wxPlatform } = module.exports;
  const asked: string[] = [];
  const wx: Package.MiniProgramApi = {
    login: ({ success }) => success!({ code: "a code" }),
    request: ({ url, success }) => {
      asked.push(url);
      const tokens = { accessToken: "a", refreshToken: "r", expiresIn: 900 };
      queueMicrotask(() => success!({ statusCode: 200, header: {}, data: { ...tokens, id: "me" } }));
      return { abort() {} };
    },
    uploadFile: () => ({ abort() {} }),
    getRandomValues: ({ length, success }) => success!({ randomValues: new ArrayBuffer(length) }),
    getStorageSync: () => "",
    setStorageSync() {},
    removeStorageSync() {},
  };
  const baseUrl = "https://login.example.com";
  const client = new WxloginClient({ baseUrl, platform: wxPlatform(wx) });
  expect(await client.me()).toMatchObject({ id: "me" });
  expect(asked).toEqual([`${baseUrl}/v1/login`, `${baseUrl}/v1/me`]);
});

test("its errors are recognised after compilation to ES5 and by another copy of the package", { timeout: 180_000 }, () => {
  const text = readFileSync(require.resolve("wxlogin-client"), "utf8");
  const [es2018, es5] = [ts.ScriptTarget.ES2018, ts.ScriptTarget.ES5].map((target) => {
    const { outputText } = ts.transpileModule(text, { compilerOptions: { target } });
    const module = { exports: {} as typeof Package };
    runInContext(outputText, createContext({ ...BARE, module, exports: module.exports }));
    return module.exports;
  });
  const error = new es5!.WxloginError("network", "no network", 503);
  // This is why the package has `isWxloginError`.
  expect(error).not.toBeInstanceOf(es5!.WxloginError);
  for (const { isWxloginError } of [es5!, es2018!]) {
    expect(isWxloginError(error)).toBe(true);
    expect(error).toMatchObject({ code: "network", message: "no network", status: 503 });
    for (const other of [new Error("network"), { code: "network" }, "network", null, undefined]) {
      expect(isWxloginError(other)).toBe(false);
    }
  }
});

test("is the same for require, for import and for WeChat's npm build", async () => {
  const required = require("wxlogin-client");
  const imported = await import("wxlogin-client");
  expect(Object.keys(required).sort()).toEqual(Object.keys(imported).sort());
  expect(new required.WxloginError("network")).toBeInstanceOf(Error);
  expect(require.resolve("wxlogin-client")).toBe(require.resolve(`../../${manifest.miniprogram}`));
  expect(manifest.dependencies).toBeUndefined();
});
