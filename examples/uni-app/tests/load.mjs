// Runs a mini-program's scripts with only ECMAScript and a minimal `wx`.

import { posix } from "node:path";
import vm from "node:vm";

import { read } from "./output.mjs";

/** Base library 2.21.2, without later calls. */
const WX = {
  canIUse: () => true,
  getSystemInfoSync: () => ({ SDKVersion: "2.21.2", language: "zh_CN", platform: "ios", model: "iPhone" }),
  getStorageSync: () => "",
  setStorageSync() {},
};

/** `registered` lists the pages that have registered themselves with WeChat. */
export function loadMiniProgram(pages) {
  let started = false;
  let current;
  const registered = [];
  const context = vm.createContext({
    wx: { ...WX },
    App: () => { started = true; },
    Page() {},
    Component: () => { if (current) registered.push(current); },
    global: {},
    getApp: () => undefined,
    getCurrentPages: () => [],
    console,
    setTimeout: () => 0,
    clearTimeout() {},
  });

  const loaded = new Map();
  function require(file) {
    if (!loaded.has(file)) {
      const module = { exports: {} };
      loaded.set(file, module);
      const near = (path) => require(posix.join(posix.dirname(file), path));
      const run = vm.runInContext(`(function (require, module, exports) {${read(file)}\n})`, context, {
        filename: file,
      });
      run(near, module, module.exports);
    }
    return loaded.get(file).exports;
  }

  require("app.js");
  for (const page of pages) {
    current = page;
    require(`${page}.js`);
  }
  return { started, registered, require };
}
