import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch, openPage, overflow, screenshot } from "./browser.js";
import { signIn, startBehindPrefix, startWxlogin, wxLoginCode } from "./wxlogin.js";

const LIMIT = { timeout: 90_000 };
const SCREENS = ["desktop", "phone"];

describe("Swagger UI", () => {
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

  async function openDocs(screen) {
    const opened = await openPage(browser, wxlogin.api, { screen });
    await opened.page.goto(`${wxlogin.api}/docs`);
    await opened.page.locator(".opblock").first().waitFor();
    return opened;
  }

  for (const screen of SCREENS) {
    test(`shows every operation and loads nothing from other origins (${screen})`, LIMIT, async () => {
      const { page, violations, close } = await openDocs(screen);

      assert.deepEqual(await shownOperations(page), await documentedOperations(wxlogin));
      assert.equal(await page.locator(".errors-wrapper").count(), 0, "the document has no errors");
      assert.equal(await overflow(page), 0);
      await screenshot(page, `docs-${screen}`);

      assert.deepEqual(violations, []);
      await close();
    });

    test(`returns the user of an access token (${screen})`, LIMIT, async () => {
      const { accessToken, user } = await signIn(wxlogin);
      const { page, violations, close } = await openDocs(screen);

      await authorize(page, accessToken, screen);
      const me = operation(page, "get", "/v1/me");
      await tryOut(me);
      const answer = await execute(me);
      await screenshot(page, `me-200-${screen}`);
      assert.equal(answer.status, 200);
      assert.equal(JSON.parse(answer.body).id, user.id);
      assert.equal(await overflow(page), 0);
      assert.deepEqual(violations, []);

      await authorize(page, `${accessToken}x`);
      const refusal = await execute(me);
      await screenshot(page, `me-401-${screen}`);
      assert.equal(refusal.status, 401);
      assert.match(refusal.headers, /content-type: application\/problem\+json/);
      assert.equal(JSON.parse(refusal.body).code, "token_invalid");
      // The browser itself reports the 401.
      assert.equal(violations.length, 1, violations.join("\n"));
      assert.match(violations[0], /status of 401/);
      await close();
    });

    test(`signs in with the example and a real code (${screen})`, LIMIT, async () => {
      const { code } = await wxLoginCode(wxlogin);
      const { page, violations, close } = await openDocs(screen);

      const logIn = operation(page, "post", "/v1/login");
      await tryOut(logIn);
      const body = logIn.locator("textarea.body-param__text");
      const example = JSON.parse(await body.inputValue());
      await screenshot(page, `login-example-${screen}`);
      await body.fill(JSON.stringify({ ...example, code }, null, 2));
      const answer = await execute(logIn);
      await screenshot(page, `login-200-${screen}`);

      assert.equal(answer.status, 200);
      const { accessToken, isNewUser, user } = JSON.parse(answer.body);
      assert.equal(isNewUser, true);
      assert.equal(user.nickname, example.nickname);
      assert.equal(accessToken.split(".").length, 3);
      assert.equal(await overflow(page), 0);
      assert.deepEqual(violations, []);
      await close();
    });
  }
});

describe("behind a proxy that strips a path", () => {
  let prefixed;
  let browser;

  before(async () => {
    prefixed = await startBehindPrefix();
    browser = await launch();
  }, LIMIT);
  after(async () => {
    await browser?.close();
    await prefixed?.stop();
  }, LIMIT);

  test("the start page leads to Swagger UI, whose requests reach wxlogin", LIMIT, async () => {
    const { page, violations, close } = await openPage(browser, prefixed.origin, { screen: "phone" });
    await page.goto(`${prefixed.origin}/auth/`);
    assert.equal(await overflow(page), 0);
    await screenshot(page, "start-page");
    await page.getByRole("link", { name: "API documentation" }).click();
    await page.locator(".opblock").first().waitFor();

    const keys = operation(page, "get", "/.well-known/jwks.json");
    await tryOut(keys);
    const answer = await execute(keys);
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.body).keys.length, 1);
    assert.deepEqual(violations, []);
    await close();
  });
});

async function documentedOperations({ api }) {
  const { paths } = await (await fetch(`${api}/openapi.json`)).json();
  return Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
    .sort();
}

async function shownOperations(page) {
  const shown = await page.locator(".opblock-summary").evaluateAll((summaries) =>
    summaries.map((summary) => {
      const method = summary.querySelector(".opblock-summary-method").textContent.toLowerCase();
      return `${method} ${summary.querySelector("[data-path]").dataset.path}`;
    }));
  return shown.sort();
}

function operation(page, method, path) {
  return page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
}

/** Enters a bearer token on the page, replacing one entered before. */
async function authorize(page, token, screenshotName) {
  await page.locator(".scheme-container .btn.authorize").click();
  const dialog = page.locator(".dialog-ux .modal-ux");
  await dialog.waitFor();
  // The dialog has forms for two other schemes.
  const form = dialog.locator(".auth-container", { hasText: "accessToken" });
  const logOut = form.getByRole("button", { name: "Remove authorization" });
  if (await logOut.isVisible()) await logOut.click();
  await form.getByLabel("auth-bearer-value").fill(token);
  if (screenshotName) await screenshot(page, `authorize-${screenshotName}`, { fullPage: false });
  await form.getByRole("button", { name: "Apply credentials" }).click();
  await logOut.waitFor();
  await form.locator(".btn-done").click();
  await dialog.waitFor({ state: "detached" });
}

async function tryOut(block) {
  await block.locator(".opblock-summary-control").click();
  await block.locator(".try-out__btn").click();
}

/** Presses Execute and reads the response from the page. */
async function execute(block) {
  const clear = block.locator(".btn-clear");
  const answer = block.locator(".live-responses-table .response");
  // Remove an earlier response first.
  if (await clear.isVisible()) {
    await clear.click();
    await answer.waitFor({ state: "detached" });
  }
  await block.locator(".btn.execute").click();
  await answer.waitFor();
  const [body, headers] = await answer.locator(".response-col_description pre").allInnerTexts();
  const status = await answer.locator(".response-col_status").innerText();
  return { status: Number.parseInt(status, 10), body, headers };
}
