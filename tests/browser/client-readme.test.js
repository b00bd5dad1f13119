import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, openPage } from "./browser.js";
import { startWxlogin } from "./wxlogin.js";

const LIMIT = { timeout: 90_000 };
const CLIENT = fileURLToPath(new URL("../../clients/typescript/", import.meta.url));

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
      // A page of another origin, as that of uni-app's development server, with uni-app's `uni`.
      const development = wxlogin.api.replace("127.0.0.1", "localhost");
      const { page, violations, close } = await openPage(browser, [development, wxlogin.api, wxlogin.sim]);
      const script = (await snippet(name))
        .replace('from "wxlogin-client"', 'from "/wxlogin-client.mjs"')
        .replace("http://127.0.0.1:8080", wxlogin.api)
        .replace("http://127.0.0.1:8081", wxlogin.sim);
      const contentType = "text/javascript";
      await page.route("**/wxlogin.mjs", (route) => route.fulfill({ contentType, body: script }));
      await page.route("**/wxlogin-client.mjs", (route) =>
        route.fulfill({ contentType, path: `${CLIENT}dist/esm/index.mjs` }));
      await page.goto(`${development}/example/`);
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
    const snippets = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
    const found = snippets.filter((code) => code.includes("#ifdef H5"));
    assert.equal(found.length, 1);
    return found[0];
  }
});
