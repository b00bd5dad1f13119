import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { launch, openPage, overflow, screenshot } from "./browser.js";
import { WORDS } from "./example-words.js";
import { EXAMPLE, startWxlogin, wxLoginCode } from "./wxlogin.js";

const LIMIT = { timeout: 90_000 };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe("the example", () => {
  let wxlogin;
  let browser;

  before(async () => {
    assert.ok(existsSync(`${EXAMPLE}/index.html`), "npm run build:h5 in examples/uni-app makes it");
    wxlogin = await startWxlogin();
    browser = await launch();
  }, LIMIT);
  after(async () => {
    await browser?.close();
    await wxlogin?.stop();
  }, LIMIT);

  for (const [locale, words] of Object.entries(WORDS)) {
    test(`takes a new person from signing in to deleting the account (${locale})`, LIMIT, async () => {
      const { page, picture, complaints, close } = await open(locale);
      await button(page, words.signIn).waitFor();
      await picture("1-welcome");

      await button(page, words.signIn).click();
      await page.getByText(words.unnamed).waitFor();
      await page.getByText(words.complete).waitFor();
      await page.getByText(words.noPhone).waitFor();
      const id = await userId(page);
      await picture("2-new");

      await button(page, words.editProfile).click();
      await button(page, words.agree).waitFor();
      await picture("3-consent");
      await button(page, words.agree).click();
      await button(page, words.changePicture).click();
      await page.getByAltText(words.evening).waitFor();
      await picture("4-pictures");
      await page.getByAltText(words.evening).click();
      await page.getByRole("textbox").fill("小明");
      await picture("5-profile");
      await button(page, words.save).click();
      await page.getByText(words.saved).waitFor();
      await page.getByText("小明").waitFor();
      await page.getByText(words.complete).waitFor({ state: "hidden" });
      const avatar = await shownPicture(page);
      assert.ok(avatar.startsWith(`${wxlogin.api}/avatars/`), avatar);

      await button(page, words.addPhone).click();
      const number = await page.locator(".wechat-number").innerText();
      await picture("6-phone");
      await sheetButton(page, words.allow).click();
      const masked = number.replace(/(\d{3})\d+(\d{4})$/, "$1 **** $2");
      await page.getByText(masked).waitFor();
      await button(page, words.changePhone).waitFor();
      await toastGone(page);
      await picture("7-complete");

      await row(page, words.devices).click();
      await page.getByText(words.thisDevice).waitFor();
      await page.getByText(words.alone).waitFor();
      await picture("8-devices");
      await page.goBack();

      await button(page, words.signOut).click();
      await page.getByText(words.signedOut).waitFor();
      await page.getByText(words.welcome).waitFor();
      await picture("9-signed-out");
      await page.reload();
      await page.getByText(words.welcome).waitFor();

      await button(page, words.signIn).click();
      await page.getByText("小明").waitFor();
      await page.getByText(masked).waitFor();
      assert.equal(await userId(page), id, "the same user");
      assert.equal(await shownPicture(page), avatar);
      await picture("10-again");

      await button(page, words.deleteAccount).click();
      const confirm = page.locator(".uni-modal").getByText(words.confirmDelete, { exact: true });
      await confirm.waitFor();
      await picture("11-delete");
      await confirm.click();
      await page.getByText(words.deleted).waitFor();
      await page.getByText(words.welcome).waitFor();
      await picture("12-deleted");

      await button(page, words.signIn).click();
      await page.getByText(words.unnamed).waitFor();
      assert.notEqual(await userId(page), id, "a new user");
      assert.deepEqual(complaints, []);
      await close();
    });

    test(`signs in as the original page does (${locale})`, LIMIT, async () => {
      const { page, picture, complaints, close } = await open(locale);
      await button(page, words.original).click();
      await button(page, words.authorise).click();
      await button(page, words.agree).click();
      await page.getByText(words.stored).waitFor();
      // What WeChat calls everybody since 2022 is nobody's name.
      await page.getByText(words.unnamed).waitFor();
      assert.equal(await page.getByText("微信用户").count(), 0);
      await toastGone(page);
      await picture("13-original");

      const token = await page.evaluate(() => localStorage.getItem("token"));
      const me = await fetch(`${wxlogin.api}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(me.status, 200);
      await page.getByText((await me.json()).id).waitFor();
      assert.deepEqual(complaints, []);
      await close();
    });

    test(`says in words what went wrong (${locale})`, LIMIT, async () => {
      const { page, picture, complaints, close } = await open(locale);
      await fetch(`${wxlogin.sim}/sim/faults`, {
        method: "PUT",
        body: JSON.stringify([{ call: "code2session", fault: "errcode", errcode: 40226 }]),
      });
      await button(page, words.signIn).click();
      await page.getByRole("alert").getByText(words.blocked).waitFor();
      await picture("14-blocked");

      await button(page, words.signIn).click();
      await page.getByText(words.unnamed).waitFor();
      assert.equal(await page.getByRole("alert").count(), 0);

      await page.route("**/v1/me", (route) => route.abort());
      await page.reload();
      await page.getByRole("alert").getByText(words.unreachable).waitFor();
      await picture("15-unreachable");
      await page.unroute("**/v1/me");
      await button(page, words.retry).click();
      await page.getByText(words.unnamed).waitFor();

      // The browser's own report of the two failures is all there is to complain about.
      assert.deepEqual(complaints.filter((complaint) => !/Failed to load resource/.test(complaint)), []);
      await close();
    });
  }

  test("ends another device", LIMIT, async () => {
    const words = WORDS["zh-CN"];
    const { page, picture, close } = await open("zh-CN");
    await button(page, words.signIn).click();
    await row(page, words.devices).waitFor();
    const phone = await signInOn("iPhone 17", await openid(page));

    await row(page, words.devices).click();
    await page.getByText("iPhone 17").waitFor();
    await picture("16-two-devices");
    await button(page, words.endDevice).click();
    await page.getByText(words.ended).waitFor();
    await page.getByText(words.alone).waitFor();
    assert.equal(await page.getByText("iPhone 17").count(), 0);
    const me = await fetch(`${wxlogin.api}/v1/me`, { headers: { authorization: `Bearer ${phone}` } });
    assert.equal(me.status, 401);
    await close();
  });

  test("uses nothing of a person who refuses", LIMIT, async () => {
    const words = WORDS["zh-CN"];
    const { page, close } = await open("zh-CN");
    await button(page, words.signIn).click();
    await button(page, words.editProfile).click();
    await button(page, words.refuse).click();
    await page.getByText(words.refused).waitFor();
    await button(page, words.addPhone).click();
    await button(page, words.refuse).click();
    await page.getByText(words.noPhone).waitFor();
    await page.getByText(words.me).waitFor();
    await close();
  });

  test("asks an old WeChat for picture and name", LIMIT, async () => {
    const words = WORDS["zh-CN"];
    const { page, picture, close } = await open("zh-CN", "?baseLibrary=2.20.0");
    await button(page, words.signIn).click();
    await button(page, words.editProfile).click();
    await button(page, words.agree).click();
    await button(page, words.fromWechat).waitFor();
    assert.equal(await button(page, words.changePicture).count(), 0);
    await picture("17-old-wechat");
    await button(page, words.fromWechat).click();
    await sheetButton(page, words.allow).click();
    await page.getByText(words.saved).waitFor();
    await page.getByText("小明").waitFor();
    await close();
  });

  test("gives an account back that was about to be erased", LIMIT, async () => {
    const words = WORDS["zh-CN"];
    const { page, picture, close } = await open("zh-CN");
    // `wxlogin dev` erases at once: this is what it says where that takes some days.
    const problem = { type: "urn:wxlogin:problem:account_erasing", title: "", status: 403, code: "account_erasing" };
    await page.route("**/v1/login", (route) =>
      route.request().postDataJSON().restore
        ? route.continue()
        : route.fulfill({ status: 403, contentType: "application/problem+json", json: problem }));
    await button(page, words.signIn).click();
    const keep = page.locator(".uni-modal").getByText(words.keep, { exact: true });
    await keep.waitFor();
    await picture("18-keep");
    await keep.click();
    await page.getByText(words.unnamed).waitFor();
    await close();
  });

  test("changes its language, keeps it, and shows itself in the dark", LIMIT, async () => {
    const { page, picture, close } = await open("zh-CN", "", { colorScheme: "dark" });
    await page.getByText(WORDS["zh-CN"].welcome).waitFor();
    await button(page, "English").press("Enter");
    await page.getByText(WORDS["en-US"].welcome).waitFor();
    assert.equal(await page.title(), WORDS["en-US"].me);
    await page.reload();
    await button(page, WORDS["en-US"].signIn).click();
    await page.getByText(WORDS["en-US"].unnamed).waitFor();
    await picture("19-dark");
    await close();
  });

  /** The example on a phone of somebody who has never been there. */
  async function open(locale, query = "", options = {}) {
    const opened = await openPage(browser, [wxlogin.api, wxlogin.sim], {
      screen: "phone",
      locale,
      ...options,
    });
    await opened.page.goto(`${wxlogin.api}/example/${query}`);
    const picture = async (name) => {
      assert.equal(await overflow(opened.page), 0);
      // What a phone shows at once, with nothing half faded in.
      const options = { fullPage: false, animations: "disabled" };
      await screenshot(opened.page, `example-${locale}-${name}`, options);
    };
    return { ...opened, picture };
  }

  /** Signs the person in on another device, and gives its access token. */
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
  // A sheet of WeChat hides what is behind it from everybody.
  return page.locator("uni-page").getByRole("button", { name, exact: true });
}

/** A line of a list that can be tapped; behind its name it says how many there are. */
function row(page, name) {
  return page.locator("uni-page").getByRole("button", { name: new RegExp(`^${name}`) });
}

function sheetButton(page, name) {
  return page.locator(".wechat-sheet").getByRole("button", { name, exact: true });
}

async function userId(page) {
  const id = await page.locator(".id").innerText();
  assert.match(id, UUID);
  return id;
}

/** Where the picture that is shown comes from. */
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
