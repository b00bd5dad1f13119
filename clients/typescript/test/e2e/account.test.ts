import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EncryptedData, SignedData } from "../../src/index.js";
import { APP, type Harness, startHarness, phone, PLATFORMS, PUBLIC_URL } from "../support/harness.js";

/** A PNG of one pixel. */
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

const LOGIN = "POST /v1/login";

let harness: Harness;
beforeAll(async () => (harness = await startHarness()).close);
beforeEach(() => harness.proxy.reset());

describe.each(PLATFORMS)("with %s", (name, platform) => {
  const person = (who: string) => `o-${who}-${name}`;

  const phoneEvent = async (openid: string, phoneNumber?: string) => ({
    detail: await harness.control<{ code: string }>("POST", "/sim/phone-codes", { openid, appId: APP, phoneNumber }),
  });
  const openData = (openid: string) =>
    harness.control<EncryptedData & SignedData>("POST", "/sim/open-data", {
      openid,
      appId: APP,
      data: { stepInfoList: [{ step: 100 }] },
      // The simulated clock may be ahead.
      watermark: { timestamp: Math.floor(Date.now() / 1000) },
    });

  test("a picture is uploaded and served, and another file is rejected", async () => {
    const { client } = phone(harness, person("nora"), platform);
    const uploadable = async (base64: string) => {
      if (name === "fetchPlatform") return `data:image/png;base64,${base64}`;
      const file = join(await mkdtemp(join(tmpdir(), "wxlogin-picture-")), "picture.png");
      await writeFile(file, Buffer.from(base64, "base64"));
      return file;
    };
    const { avatarUrl } = await client.uploadAvatar(await uploadable(PIXEL));
    expect((await client.me()).avatarUrl).toBe(avatarUrl);
    const shown = await fetch(avatarUrl!.replace(PUBLIC_URL, harness.wxlogin));
    expect(shown.headers.get("content-type")).toBe("image/jpeg");
    const html = Buffer.from("<!doctype html>").toString("base64");
    const refused = client.uploadAvatar(await uploadable(html));
    await expect(refused).rejects.toMatchObject({ code: "image_invalid", status: 400 });
  });

  test("a phone number is bound with the button's event", async () => {
    const openid = person("alice");
    const { client } = phone(harness, openid, platform);
    const number = `138${String(openid.length).padStart(8, "0")}`;
    await client.login();
    const user = await client.bindPhone(await phoneEvent(openid, number));
    expect(user.phone).toEqual({ countryCode: "86", number });
    await expect(client.bindPhone({ detail: { code: "made up" } })).rejects.toMatchObject({
      code: "phone_code_invalid",
      status: 400,
    });
  });

  test("open data are decrypted and verified, and the session key is valid", async () => {
    const openid = person("bob");
    const { client } = phone(harness, openid, platform);
    await client.login();
    const given = await openData(openid);
    expect(await client.decryptOpenData({ detail: given })).toMatchObject({
      stepInfoList: [{ step: 100 }],
      watermark: { appid: APP },
    });
    await client.verifyOpenData(given);
    const bent = client.verifyOpenData({ ...given, rawData: "{}" });
    await expect(bent).rejects.toMatchObject({ code: "session_key_stale" });
    expect(await client.checkSessionKey()).toBe(true);
  });

  test("data encrypted with an unknown session key lead to a silent login", async () => {
    const openid = person("carol");
    const { client, platform: device } = phone(harness, openid, platform);
    await client.login();
    // Another back end exchanges a code, which changes WeChat's session key for this user.
    await harness.control("POST", "/sim/clock", { advanceSeconds: 60 });
    const code = await device.code(0);
    const query = new URLSearchParams({
      appid: APP,
      secret: harness.secret,
      js_code: code,
      grant_type: "authorization_code",
    });
    await harness.control("GET", `/sns/jscode2session?${query}`);
    harness.proxy.reset();

    expect(await client.decryptOpenData(await openData(openid))).toMatchObject({
      stepInfoList: [{ step: 100 }],
    });
    expect(harness.proxy.of("POST /v1/me/open-data/decrypt").map(({ status }) => status)).toEqual([409, 200]);
    expect(harness.proxy.of(LOGIN)).toHaveLength(1);
  });

  test("devices are listed and signed out, and a signed-out device signs in again", async () => {
    const openid = person("dave");
    const [one, other] = [phone(harness, openid, platform), phone(harness, openid, platform)];
    const mine = one.open({ device: "one" });
    const theirs = other.open({ device: "other" });
    await mine.login();
    await theirs.login();
    const listed = await mine.sessions();
    expect(listed.map(({ device, current }) => [device, current])).toEqual([
      ["other", false],
      ["one", true],
    ]);
    await mine.endSession(listed[0]!.id);
    await theirs.me();
    expect(harness.proxy.of(LOGIN)).toHaveLength(3);
    expect(await mine.endOtherSessions()).toBe(1);
    expect(await mine.sessions()).toMatchObject([{ device: "one", current: true }]);
    await expect(mine.endSession(listed[0]!.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("an account is deleted after the login that wxlogin requires, and stays deleted", async () => {
    const { client, open } = phone(harness, person("erin"), platform);
    const { user } = await client.login();
    harness.proxy.reset();
    harness.proxy.next("DELETE /v1/me", { status: 403, code: "reauthentication_required" });
    expect(await client.deleteAccount()).toEqual({ erased: true });
    expect(harness.proxy.of(LOGIN)).toHaveLength(1);
    await expect(open().me()).rejects.toMatchObject({ code: "signed_out" });
    const next = await open().login();
    expect(next.isNewUser).toBe(true);
    expect(next.user.id).not.toBe(user.id);
  });

  test("an invalid request fails with its code and the field's name", async () => {
    const { client } = phone(harness, person("frank"), platform);
    await expect(client.updateMe({ nickname: "微信用户" })).rejects.toMatchObject({
      code: "invalid_request",
      status: 400,
      message: expect.stringContaining("nickname"),
    });
  });
});
