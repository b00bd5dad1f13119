import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, openPage } from "./browser.js";
import { EXAMPLE, startWxlogin } from "./wxlogin.js";

const LIMIT = { timeout: 90_000 };
const CLIENT = fileURLToPath(new URL("../../clients/typescript/", import.meta.url));
/** The address of uni-app's development server. */
const DEVELOPMENT = "http://localhost:5173";
const TYPES = { html: "text/html", js: "text/javascript", mjs: "text/javascript", css: "text/css", svg: "image/svg+xml" };

describe("the client's README, in the H5 build of a uni-app project", () => {
  let wxlogin;
  let browser;

  before(async () => {
    wxlogin = await startWxlogin();
    browser = await launch();
  }, LIMIT);
  after(async () => {
    await browser?.close();
    await wxlogin?.stop();
  }, LIMIT);

  for (const name of ["README.md", "README.zh-CN.md"]) {
    test(`${name}: its snippet signs the same user in to wxlogin dev`, LIMIT, async () => {
      const { page, violations, close } = await openPage(browser, [DEVELOPMENT, wxlogin.api, wxlogin.sim]);
      const script = (await snippet(name))
        .replace('from "wxlogin-client"', 'from "/wxlogin-client.mjs"')
        .replace("http://127.0.0.1:8080", wxlogin.api)
        .replace("http://127.0.0.1:8081", wxlogin.sim);
      await page.route(`${DEVELOPMENT}/**`, (route) => serve(route, script));
      await page.goto(`${DEVELOPMENT}/example/`);
      await page.waitForFunction(() => "uni" in globalThis);

      const first = await page.evaluate(async () => (await import("/wxlogin.mjs")).wxlogin.login());
      const again = await page.evaluate(async () => (await import("/wxlogin.mjs")).wxlogin.login());
      assert.equal(first.isNewUser, true);
      assert.equal(again.isNewUser, false);
      assert.equal(again.user.id, first.user.id);
      const me = await page.evaluate(async () => (await import("/wxlogin.mjs")).wxlogin.me());
      assert.equal(me.id, first.user.id);
      assert.deepEqual(violations, []);
      await close();
    });
  }

  /** Returns the snippet with a part for H5. It is valid JavaScript too. */
  async function snippet(name) {
    const text = await readFile(CLIENT + name, "utf8");
    const found = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).filter((code) => code.includes("#ifdef H5"));
    assert.equal(found.length, 1);
    return found[0];
  }

  /** Serves uni-app's runtime, which defines `uni`, and the snippet with the client. */
  async function serve(route, script) {
    const path = new URL(route.request().url()).pathname;
    if (path === "/wxlogin.mjs") return route.fulfill({ contentType: TYPES.js, body: script });
    if (path === "/wxlogin-client.mjs") {
      return route.fulfill({ contentType: TYPES.js, path: `${CLIENT}dist/esm/index.mjs` });
    }
    if (path === "/example/config.json") return route.fulfill({ json: { wxlogin: wxlogin.api, simulator: wxlogin.sim } });
    const file = path === "/example/" ? "index.html" : path.replace("/example/", "");
    return route.fulfill({ contentType: TYPES[file.split(".").pop()], path: join(EXAMPLE, file) });
  }
});
