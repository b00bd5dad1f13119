import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EncryptedData, SignedData } from "../../src/index.js";
import { APP, type House, openHouse, phone, PLATFORMS, PUBLIC_URL } from "../support/house.js";

/** A PNG of one pixel. */
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

const LOGIN = "POST /v1/login";

let house: House;
beforeAll(async () => (house = await openHouse()).close);
beforeEach(() => house.proxy.reset());

describe.each(PLATFORMS)("with %s", (name, platform) => {
  const person = (who: string) => `o-${who}-${name}`;

  const phoneEvent = async (openid: string, phoneNumber?: string) => ({
    detail: await house.control<{ code: string }>("POST", "/sim/phone-codes", { openid, appId: APP, phoneNumber }),
  });
  const openData = (openid: string) =>
    house.control<EncryptedData & SignedData>("POST", "/sim/open-data", {
      openid,
      appId: APP,
      data: { stepInfoList: [{ step: 100 }] },
      // The simulated clock may be ahead.
      watermark: { timestamp: Math.floor(Date.now() / 1000) },
    });

  test("a picture is uploaded and shown, and what is no picture is refused", async () => {
    const { client } = phone(house, person("nora"), platform);
    const uploadable = async (base64: string) => {
      if (name === "fetchPlatform") return `data:image/png;base64,${base64}`;
      const file = join(await mkdtemp(join(tmpdir(), "wxlogin-picture-")), "picture.png");
      await writeFile(file, Buffer.from(base64, "base64"));
      return file;
    };
    const { avatarUrl } = await client.uploadAvatar(await uploadable(PIXEL));
    expect((await client.me()).avatarUrl).toBe(avatarUrl);
    const shown = await fetch(avatarUrl!.replace(PUBLIC_URL, house.wxlogin));
    expect(shown.headers.get("content-type")).toBe("image/jpeg");
    const html = Buffer.from("<!doctype html>").toString("base64");
    const refused = client.uploadAvatar(await uploadable(html));
    await expect(refused).rejects.toMatchObject({ code: "image_invalid", status: 400 });
  });

  test("a phone number is bound from the button's event", async () => {
    const openid = person("alice");
    const { client } = phone(house, openid, platform);
    const number = `138${String(openid.length).padStart(8, "0")}`;
    await client.login();
    const user = await client.bindPhone(await phoneEvent(openid, number));
    expect(user.phone).toEqual({ countryCode: "86", number });
    await expect(client.bindPhone({ detail: { code: "made up" } })).rejects.toMatchObject({
      code: "phone_code_invalid",
      status: 400,
    });
  });

  test("open data are decrypted and verified, and the session key holds", async () => {
    const openid = person("bob");
    const { client } = phone(house, openid, platform);
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

  test("data under a session key that wxlogin does not know cost a login that nobody sees", async () => {
    const openid = person("carol");
    const { client, platform: device } = phone(house, openid, platform);
    await client.login();
    // Somebody else exchanges a code, and WeChat has another key for this person.
    await house.control("POST", "/sim/clock", { advanceSeconds: 60 });
    const code = await device.code(0);
    const query = new URLSearchParams({
      appid: APP,
      secret: house.secret,
      js_code: code,
      grant_type: "authorization_code",
    });
    await house.control("GET", `/sns/jscode2session?${query}`);
    house.proxy.reset();

    expect(await client.decryptOpenData(await openData(openid))).toMatchObject({
      stepInfoList: [{ step: 100 }],
    });
    expect(house.proxy.of("POST /v1/me/open-data/decrypt").map(({ status }) => status)).toEqual([409, 200]);
    expect(house.proxy.of(LOGIN)).toHaveLength(1);
  });

  test("devices are listed and ended, and one that was ended signs in again", async () => {
    const openid = person("dave");
    const [one, other] = [phone(house, openid, platform), phone(house, openid, platform)];
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
    expect(house.proxy.of(LOGIN)).toHaveLength(3);
    expect(await mine.endOtherSessions()).toBe(1);
    expect(await mine.sessions()).toMatchObject([{ device: "one", current: true }]);
    await expect(mine.endSession(listed[0]!.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("an account is erased after a login that wxlogin asks for, and stays so", async () => {
    const { client, open } = phone(house, person("erin"), platform);
    const { user } = await client.login();
    house.proxy.reset();
    house.proxy.next("DELETE /v1/me", { status: 403, code: "reauthentication_required" });
    expect(await client.deleteAccount()).toEqual({ erased: true });
    expect(house.proxy.of(LOGIN)).toHaveLength(1);
    await expect(open().me()).rejects.toMatchObject({ code: "signed_out" });
    const next = await open().login();
    expect(next.isNewUser).toBe(true);
    expect(next.user.id).not.toBe(user.id);
  });

  test("what is not acceptable is told with its code", async () => {
    const { client } = phone(house, person("frank"), platform);
    await expect(client.updateMe({ nickname: "微信用户" })).rejects.toMatchObject({
      code: "invalid_request",
      status: 400,
      message: expect.stringContaining("nickname"),
    });
  });
});
