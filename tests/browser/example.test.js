import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { launch, openPage, overflow, screenshot } from "./browser.js";
import { TEXTS } from "./example-texts.js";
import { EXAMPLE, startWxlogin, wxLoginCode } from "./wxlogin.js";

const LIMIT = { timeout: 90_000 };
const SMALL = { width: 375, height: 560 };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe("the example", () => {
  let wxlogin;
  let browser;

  before(async () => {
    assert.ok(existsSync(`${EXAMPLE}/index.html`), "The example is not built. Run `npm run build:h5` in examples/uni-app.");
    wxlogin = await startWxlogin();
    browser = await launch();
  }, LIMIT);
  after(async () => {
    await browser?.close();
    await wxlogin?.stop();
  }, LIMIT);

  for (const [locale, texts] of Object.entries(TEXTS)) {
    test(`signs in, edits the profile, binds a phone number and deletes the account (${locale})`, LIMIT, async () => {
      const { page, picture, violations, close } = await open(locale);
      await button(page, texts.signIn).waitFor();
      await picture("1-welcome");

      await button(page, texts.signIn).click();
      await page.getByText(texts.unnamed).waitFor();
      await page.getByText(texts.complete).waitFor();
      await page.getByText(texts.noPhone).waitFor();
      const id = await userId(page);
      await picture("2-new");

      await button(page, texts.editProfile).click();
      await button(page, texts.agree).waitFor();
      await picture("3-consent");
      await button(page, texts.agree).click();
      await button(page, texts.changePicture).click();
      await page.getByAltText(texts.evening).waitFor();
      await picture("4-pictures");
      await page.getByAltText(texts.evening).click();
      await page.getByRole("textbox").fill("小明");
      await picture("5-profile");
      await button(page, texts.save).click();
      await page.getByText(texts.saved).waitFor();
      await page.getByText("小明").waitFor();
      await page.getByText(texts.complete).waitFor({ state: "hidden" });
      const avatar = await shownPicture(page);
      assert.ok(avatar.startsWith(`${wxlogin.api}/avatars/`), avatar);

      await button(page, texts.addPhone).click();
      const number = await page.locator(".wechat-number").innerText();
      await picture("6-phone");
      await sheetButton(page, texts.allow).click();
      const masked = number.replace(/(\d{3})\d+(\d{4})$/, "$1 **** $2");
      await page.getByText(masked).waitFor();
      await button(page, texts.changePhone).waitFor();
      await toastGone(page);
      await picture("7-complete");

      await row(page, texts.devices).click();
      await page.getByText(texts.thisDevice).waitFor();
      await page.getByText(texts.alone).waitFor();
      await picture("8-devices");
      await page.goBack();

      await button(page, texts.signOut).click();
      await page.getByText(texts.signedOut).waitFor();
      await page.getByText(texts.welcome).waitFor();
      await picture("9-signed-out");
      await page.reload();
      await page.getByText(texts.welcome).waitFor();

      await button(page, texts.signIn).click();
      await page.getByText("小明").waitFor();
      await page.getByText(masked).waitFor();
      assert.equal(await userId(page), id, "the same user");
      assert.equal(await shownPicture(page), avatar);
      await picture("10-again");

      await button(page, texts.deleteAccount).click();
      const confirm = page.locator(".uni-modal").getByText(texts.confirmDelete, { exact: true });
      await confirm.waitFor();
      await picture("11-delete");
      await confirm.click();
      await page.getByText(texts.deleted).waitFor();
      await page.getByText(texts.welcome).waitFor();
      await picture("12-deleted");

      await button(page, texts.signIn).click();
      await page.getByText(texts.unnamed).waitFor();
      assert.notEqual(await userId(page), id, "a new user");
      assert.deepEqual(violations, []);
      await close();
    });

    test(`signs in on the original page (${locale})`, LIMIT, async () => {
      const { page, picture, violations, close } = await open(locale);
      await button(page, texts.original).click();
      await button(page, texts.authorise).click();
      await button(page, texts.agree).click();
      await toast(page, texts.signedIn).waitFor();
      await page.getByText(texts.stored).waitFor();
      // Since 2022 WeChat gives every user this placeholder name, which is not saved.
      await page.getByText(texts.unnamed).waitFor();
      assert.equal(await page.getByText("微信用户").count(), 0);
      await toastGone(page);
      await picture("13-original");

      const token = await page.evaluate(() => localStorage.getItem("token"));
      const me = await fetch(`${wxlogin.api}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(me.status, 200);
      await page.getByText((await me.json()).id).waitFor();
      assert.deepEqual(violations, []);
      await close();
    });

    test(`explains errors (${locale})`, LIMIT, async () => {
      const { page, picture, violations, close } = await open(locale);
      await fetch(`${wxlogin.sim}/sim/faults`, {
        method: "PUT",
        body: JSON.stringify([{ call: "code2session", fault: "errcode", errcode: 40226 }]),
      });
      await button(page, texts.signIn).click();
      await inView(page, toast(page, texts.blocked));
      assert.equal(await page.getByRole("alert").count(), 0, "it is said once");
      await picture("14-blocked");

      await button(page, texts.signIn).click();
      await page.getByText(texts.unnamed).waitFor();
      assert.equal(await page.getByRole("alert").count(), 0);

      await page.route("**/v1/me", (route) => route.abort());
      await page.reload();
      await page.getByRole("alert").getByText(texts.unreachable).waitFor();
      await picture("15-unreachable");
      await page.unroute("**/v1/me");
      await button(page, texts.retry).click();
      await page.getByText(texts.unnamed).waitFor();

      // The browser itself reports the two failed requests.
      assert.deepEqual(violations.filter((violation) => !/Failed to load resource/.test(violation)), []);
      await close();
    });
  }

  test("shows an error of a button at the end of the page on the screen", LIMIT, async () => {
    const texts = TEXTS["en-US"];
    const { page, close } = await open("en-US", "", { viewport: SMALL });
    await button(page, texts.signIn).click();
    await page.getByText(texts.unnamed).waitFor();
    await page.route("**/v1/me", (route) => (route.request().method() === "DELETE" ? route.abort() : route.continue()));
    await button(page, texts.deleteAccount).click();
    await confirmButton(page, texts.confirmDelete).click();
    await inView(page, toast(page, texts.unreachable));
    assert.ok(await page.evaluate(() => scrollY > 0), "the top of the page is out of view");
    await close();
  });

  test("offers a disabled account no second try", LIMIT, async () => {
    const texts = TEXTS["zh-CN"];
    const { page, picture, close } = await open("zh-CN");
    await button(page, texts.signIn).click();
    await page.getByText(texts.unnamed).waitFor();
    const problem = { type: "urn:wxlogin:problem:user_disabled", title: "", status: 403, code: "user_disabled" };
    await page.route("**/v1/me", (route) =>
      route.fulfill({ status: 403, contentType: "application/problem+json", json: problem }));
    await page.reload();
    await page.getByRole("alert").getByText(texts.disabled).waitFor();
    assert.equal(await button(page, texts.retry).count(), 0);
    await button(page, texts.signIn).waitFor();
    await picture("20-disabled");
    await close();
  });

  test("copies the user ID, which is on one line", LIMIT, async () => {
    const texts = TEXTS["zh-CN"];
    const { page, close } = await open("zh-CN", "", {
      viewport: SMALL,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await button(page, texts.signIn).click();
    const id = await userId(page);
    const lines = await page.locator(".id").evaluate(({ firstChild, scrollWidth, clientWidth }) => {
      const text = document.createRange();
      text.selectNodeContents(firstChild);
      return { count: text.getClientRects().length, cut: scrollWidth > clientWidth };
    });
    assert.deepEqual(lines, { count: 1, cut: false });
    await button(page, texts.copy).click();
    await button(page, texts.agree).click();
    await toast(page, texts.copied).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), id);
    await close();
  });

  test("takes going back as a refusal, and closes what was asked", LIMIT, async () => {
    const texts = TEXTS["zh-CN"];
    const { page, close } = await open("zh-CN");
    await button(page, texts.original).click();
    await button(page, texts.authorise).click();
    await button(page, texts.agree).waitFor();
    await page.goBack();
    await button(page, texts.signIn).waitFor();
    assert.equal(await page.getByRole("dialog").count(), 0);
    await button(page, texts.signIn).click();

    await button(page, texts.editProfile).click();
    await button(page, texts.agree).click();
    await button(page, texts.changePicture).click();
    await page.getByAltText(texts.evening).waitFor();
    await page.goBack();
    await page.getByText(texts.unnamed).waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await close();
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`has one colour for destructive actions (${colorScheme})`, LIMIT, async () => {
      const texts = TEXTS["zh-CN"];
      const { page, picture, close } = await open("zh-CN", "", { colorScheme });
      await button(page, texts.signIn).click();
      await row(page, texts.devices).waitFor();
      const colours = [await colour(button(page, texts.deleteAccount))];
      await button(page, texts.deleteAccount).click();
      colours.push(await colour(confirmButton(page, texts.confirmDelete)));
      await confirmButton(page, texts.cancel).click();

      await signInOn("iPhone 17", await openid(page));
      await row(page, texts.devices).click();
      colours.push(await colour(button(page, texts.endDevice)), await colour(button(page, texts.endOthers)));
      await button(page, texts.endOthers).click();
      colours.push(await colour(confirmButton(page, texts.endDevice)));
      await picture(`21-end-others-${colorScheme}`);
      assert.deepEqual(new Set(colours), new Set([colorScheme === "dark" ? "rgb(255, 138, 132)" : "rgb(194, 47, 47)"]));
      await close();
    });
  }

  test("signs another device out", LIMIT, async () => {
    const texts = TEXTS["zh-CN"];
    const { page, picture, close } = await open("zh-CN");
    await button(page, texts.signIn).click();
    await row(page, texts.devices).waitFor();
    const phone = await signInOn("iPhone 17", await openid(page));

    await row(page, texts.devices).click();
    await page.getByText("iPhone 17").waitFor();
    await picture("16-two-devices");
    await button(page, texts.endDevice).click();
    await page.getByText(texts.ended).waitFor();
    await page.getByText(texts.alone).waitFor();
    assert.equal(await page.getByText("iPhone 17").count(), 0);
    const me = await fetch(`${wxlogin.api}/v1/me`, { headers: { authorization: `Bearer ${phone}` } });
    assert.equal(me.status, 401);
    await close();
  });

  test("saves nothing if the user refuses", LIMIT, async () => {
    const texts = TEXTS["zh-CN"];
    const { page, close } = await open("zh-CN");
    await button(page, texts.signIn).click();
    await button(page, texts.editProfile).click();
    await button(page, texts.refuse).click();
    await page.getByText(texts.refused).waitFor();
    await button(page, texts.addPhone).click();
    await button(page, texts.refuse).click();
    await page.getByText(texts.noPhone).waitFor();
    await page.getByText(texts.me).waitFor();
    await close();
  });

  test("gets picture and name from an old WeChat", LIMIT, async () => {
    const texts = TEXTS["zh-CN"];
    const { page, picture, close } = await open("zh-CN", "?baseLibrary=2.20.0");
    await button(page, texts.signIn).click();
    await button(page, texts.editProfile).click();
    await button(page, texts.agree).click();
    await button(page, texts.fromWechat).waitFor();
    assert.equal(await button(page, texts.changePicture).count(), 0);
    await picture("17-old-wechat");
    await button(page, texts.fromWechat).click();
    await sheetButton(page, texts.allow).click();
    await page.getByText(texts.saved).waitFor();
    await page.getByText("小明").waitFor();
    await close();
  });

  test("restores an account whose deletion is pending", LIMIT, async () => {
    const texts = TEXTS["zh-CN"];
    const { page, picture, close } = await open("zh-CN");
    // `wxlogin dev` deletes accounts at once. This is the answer of a service with a grace period.
    const problem = { type: "urn:wxlogin:problem:account_erasing", title: "", status: 403, code: "account_erasing" };
    await page.route("**/v1/login", (route) =>
      route.request().postDataJSON().restore
        ? route.continue()
        : route.fulfill({ status: 403, contentType: "application/problem+json", json: problem }));
    await button(page, texts.signIn).click();
    const keep = page.locator(".uni-modal").getByText(texts.keep, { exact: true });
    await keep.waitFor();
    await picture("18-keep");
    await keep.click();
    await page.getByText(texts.unnamed).waitFor();
    await close();
  });

  test("changes the language and remembers it, in dark mode", LIMIT, async () => {
    const { page, picture, close } = await open("zh-CN", "", { colorScheme: "dark" });
    await page.getByText(TEXTS["zh-CN"].welcome).waitFor();
    await button(page, "English").press("Enter");
    await page.getByText(TEXTS["en-US"].welcome).waitFor();
    assert.equal(await page.title(), TEXTS["en-US"].me);
    await page.reload();
    await button(page, TEXTS["en-US"].signIn).click();
    await page.getByText(TEXTS["en-US"].unnamed).waitFor();
    await picture("19-dark");
    await close();
  });

  /** Opens the example on the phone of a new user. */
  async function open(locale, query = "", options = {}) {
    const opened = await openPage(browser, [wxlogin.api, wxlogin.sim], {
      screen: "phone",
      locale,
      ...options,
    });
    await opened.page.goto(`${wxlogin.api}/example/${query}`);
    const picture = async (name) => {
      assert.equal(await overflow(opened.page), 0);
      // Only the phone's screen, without running animations.
      const options = { fullPage: false, animations: "disabled" };
      await screenshot(opened.page, `example-${locale}-${name}`, options);
    };
    return { ...opened, picture };
  }

  /** Signs the user in on another device and returns its access token. */
  async function signInOn(device, openid) {
    const { code } = await wxLoginCode(wxlogin, { openid });
    const response = await fetch(`${wxlogin.api}/v1/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code, device }),
    });
    return (await response.json()).accessToken;
  }
});

function button(page, name) {
  // A WeChat dialog covers the buttons behind it.
  return page.locator("uni-page").getByRole("button", { name, exact: true });
}

/** A row of a list; its label may end in a count. */
function row(page, name) {
  return page.locator("uni-page").getByRole("button", { name: new RegExp(`^${name}`) });
}

/** A button of the dialog that asks for a confirmation. */
function confirmButton(page, name) {
  return page.locator(".uni-modal").getByText(name, { exact: true }).last();
}

function toast(page, text) {
  return page.locator("uni-toast").getByText(text, { exact: true });
}

/** Waits for an element, which must be on the screen. */
async function inView(page, element) {
  await element.waitFor();
  const { y, height } = await element.boundingBox();
  assert.ok(y >= 0 && y + height <= page.viewportSize().height, `at ${y}`);
}

function colour(element) {
  return element.evaluate((found) => getComputedStyle(found).color);
}

function sheetButton(page, name) {
  return page.locator(".wechat-sheet").getByRole("button", { name, exact: true });
}

async function userId(page) {
  const id = await page.locator(".id").innerText();
  assert.match(id, UUID);
  return id;
}

/** The URL of the picture that is shown. */
async function shownPicture(page) {
  const picture = page.locator(".profile img");
  await page.waitForFunction((img) => img.complete && img.naturalWidth > 0, await picture.elementHandle());
  return new URL(await picture.getAttribute("src"), page.url()).href;
}

function openid(page) {
  return page.evaluate(() => JSON.parse(localStorage.getItem("development-wechat")).openid);
}

async function toastGone(page) {
  await page.locator("uni-toast").waitFor({ state: "hidden" });
}
