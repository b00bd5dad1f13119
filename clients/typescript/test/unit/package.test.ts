import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";
import type * as Package from "../../src/index.js";

const require = createRequire(import.meta.url);
const manifest = require("../../package.json");

/** The globals of a mini-program besides ECMAScript. */
const BARE = { setTimeout, clearTimeout };

test("runs without browser globals", async () => {
  const module = { exports: {} as typeof Package };
  const text = await readFile(require.resolve("wxlogin-client"), "utf8");
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

test("is the same for require, for import and for WeChat's npm build", async () => {
  const required = require("wxlogin-client");
  const imported = await import("wxlogin-client");
  expect(Object.keys(required).sort()).toEqual(Object.keys(imported).sort());
  expect(new required.WxloginError("network")).toBeInstanceOf(Error);
  expect(require.resolve("wxlogin-client")).toBe(require.resolve(`../../${manifest.miniprogram}`));
  expect(manifest.dependencies).toBeUndefined();
});
