import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch, openPage, overflow, screenshot } from "./browser.js";
import { postLogin, startWxlogin, wxLoginCode } from "./wxlogin.js";

const LIMIT = { timeout: 60_000 };

describe("the simulator's page", () => {
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

  async function openSimulator(options) {
    const opened = await openPage(browser, wxlogin.sim, options);
    await opened.page.goto(`${wxlogin.sim}/`);
    await person(opened.page, "新用户").waitFor();
    return opened;
  }

  for (const [name, options] of Object.entries({
    desktop: { screen: "desktop" },
    phone: { screen: "phone" },
    "desktop-dark": { screen: "desktop", colorScheme: "dark" },
  })) {
    test(`gives a login code for a new person (${name})`, LIMIT, async () => {
      const { page, violations, close } = await openSimulator(options);

      await person(page, "新用户").check();
      const code = await newCode(page);
      const command = await page.locator("#curl").innerText();
      assert.ok(command.includes(`${wxlogin.api}/v1/login`) && command.includes(code), command);

      const response = await postLogin(wxlogin, code);
      assert.equal(response.status, 200);
      assert.equal((await response.json()).isNewUser, true);
      await call(page, code, "ok").waitFor();
      assert.equal(await overflow(page), 0);
      await screenshot(page, `simulator-${name}`);

      assert.deepEqual(violations, []);
      await close();
    });
  }

  test("gives a login code for a known person", LIMIT, async () => {
    const { code: first, openid } = await wxLoginCode(wxlogin);
    assert.equal((await postLogin(wxlogin, first)).status, 200);
    const { page, violations, close } = await openSimulator();

    await person(page, openid).check();
    const response = await postLogin(wxlogin, await newCode(page));
    assert.equal((await response.json()).isNewUser, false);

    assert.deepEqual(violations, []);
    await close();
  });

  test("scripts a fault", LIMIT, async () => {
    const { page, violations, close } = await openSimulator();

    await page.locator("[name=fault]").selectOption({ label: "40226 高风险用户 · high-risk user" });
    await page.locator("#fault .primary").click();
    await page.locator("#faults li", { hasText: "40226" }).waitFor();
    const code = await newCode(page);
    const response = await postLogin(wxlogin, code);
    assert.equal(response.status, 403);
    assert.equal((await response.json()).code, "login_blocked_by_wechat");
    await call(page, code, "40226").waitFor();
    await screenshot(page, "simulator-fault-desktop");

    assert.deepEqual(violations, []);
    await close();
  });
});

function person(page, name) {
  return page.locator("#people").getByRole("radio", { name });
}

/** Gets a login code from the page. */
async function newCode(page) {
  const issued = page.waitForResponse((response) => response.url().endsWith("/sim/codes"));
  await page.locator("#sign-in .primary").click();
  const { code } = await (await issued).json();
  await page.locator("#code", { hasText: code }).waitFor();
  return code;
}

/** An entry in the list of recent calls. */
function call(page, code, outcome) {
  return page.locator("#calls li", { hasText: code }).filter({ hasText: outcome });
}
