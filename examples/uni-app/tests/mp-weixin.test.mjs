// Checks the built mini-program for what WeChat's developer tools would report.

import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, test } from "node:test";
import postcss from "postcss";

import { loadMiniProgram } from "./load.mjs";
import { markupErrors, openTypes } from "./markup.mjs";
import { files, read, readJson, size, withEnding } from "./output.mjs";
import { missingNames } from "./scripts.mjs";

const MOST_BYTES = 2 * 1024 * 1024;
const PAGES = ["pages/me/me", "pages/profile/profile", "pages/devices/devices", "pages/original/original"];

const app = readJson("app.json");
const components = withEnding(".json")
  .filter((file) => readJson(file).component)
  .map((file) => file.replace(/\.json$/, ""));

describe("the mini-program", () => {
  test("has all pages and components, each with its four files", () => {
    assert.deepEqual(app.pages, PAGES);
    for (const part of [...PAGES, ...components]) {
      for (const ending of [".js", ".json", ".wxml", ".wxss"]) {
        assert.ok(files.includes(part + ending), part + ending);
      }
      for (const component of Object.values(readJson(`${part}.json`).usingComponents ?? {})) {
        assert.ok(components.includes(posix.join(posix.dirname(part), component)), component);
      }
    }
  });

  test("enables privacy consent, lazy loading and dark mode", () => {
    assert.equal(app.__usePrivacyCheck__, true);
    assert.equal(app.lazyCodeLoading, "requiredComponents");
    assert.equal(app.darkmode, true);
    const { light, dark } = readJson(app.themeLocation);
    const variables = Object.values(app.window).map((value) => value.replace("@", ""));
    assert.deepEqual(Object.keys(light).sort(), [...new Set(variables)].sort());
    assert.deepEqual(Object.keys(dark), Object.keys(light));
  });

  test("has a valid project.config.json", () => {
    const project = readJson("project.config.json");
    assert.equal(project.compileType, "miniprogram");
    assert.match(project.appid, /^(touristappid|wx[0-9a-f]{16})$/);
    assert.equal(project.setting.es6, true, "the tools compile it to ES5");
    assert.ok(!("miniprogramRoot" in project), "the folder itself is the mini-program");
  });

  for (const file of withEnding(".wxml")) {
    test(`${file} contains only markup that WeChat supports`, () => {
      const { usingComponents = {} } = readJson(file.replace(/wxml$/, "json"));
      assert.deepEqual(markupErrors(read(file), Object.keys(usingComponents)), []);
    });
  }

  test("has the buttons and inputs for picture, nickname, phone number and consent", () => {
    const asked = withEnding(".wxml").flatMap((file) => openTypes(read(file)));
    const wanted = ["agreePrivacyAuthorization", "chooseAvatar", "getPhoneNumber", "nickname"];
    assert.deepEqual(asked.sort(), wanted);
  });

  test("uses only globals that phones have", () => {
    for (const file of withEnding(".js")) assert.deepEqual(missingNames(read(file)), [], file);
  });

  test("uses only class selectors in components", () => {
    for (const component of components) {
      postcss.parse(read(`${component}.wxss`)).walkRules(({ selector }) => {
        assert.match(selector, /^[.\w\s:,-]+$/, component);
        for (const simple of selector.split(/[\s,]+/)) assert.match(simple, /^\./, selector);
      });
    }
  });

  test("includes every picture, and none is loaded by a style", () => {
    const shown = withEnding(".js").flatMap((file) => read(file).match(/\/static\/[\w.-]+/g) ?? []);
    for (const picture of shown) assert.ok(files.includes(picture.slice(1)), picture);
    assert.equal(new Set(shown).size, 6);
    for (const file of withEnding(".wxss")) assert.doesNotMatch(read(file), /url\(/, file);
  });

  test("starts in the oldest supported base library", () => {
    const { started, registered } = loadMiniProgram(PAGES);
    assert.equal(started, true);
    assert.deepEqual(registered, PAGES);
  });

  test("has the same placeholders in both languages, and short button texts", () => {
    const { zh } = loadMiniProgram([]).require("i18n/zh.js");
    const { en } = loadMiniProgram([]).require("i18n/en.js");
    for (const key of Object.keys(zh)) {
      // English dates use the month's name.
      if (key !== "time.date") assert.deepEqual(placeholders(en[key]), placeholders(zh[key]), key);
      if (/\.confirm$|^action\.cancel$|^devices\.end$/.test(key)) {
        assert.ok(zh[key].length <= 4 && en[key].length <= 8, key);
      }
    }
  });

  test("has messages that fit into the two lines of WeChat's toast", () => {
    for (const language of ["zh", "en"]) {
      const texts = loadMiniProgram([]).require(`i18n/${language}.js`)[language];
      for (const [key, text] of Object.entries(texts)) {
        if (!/^problem\.|ed$|\.later$|^profile\.placeholder$/.test(key)) continue;
        const width = [...text.replace("{time}", "2026-11-28")].reduce((sum, c) => sum + (c > "\u2e7f" ? 2 : 1), 0);
        assert.ok(width <= 54, `${key}: ${width}`);
      }
    }
  });

  test("is small enough", (context) => {
    const bytes = files.reduce((sum, file) => sum + size(file), 0);
    context.diagnostic(`${files.length} files, ${(bytes / 1024).toFixed(0)} KiB of 2048`);
    assert.ok(bytes < MOST_BYTES);
  });
});

function placeholders(text) {
  return (text.match(/\{\w+\}/g) ?? []).sort();
}
