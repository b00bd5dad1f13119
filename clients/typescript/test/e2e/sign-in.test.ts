import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { APP, type House, openHouse, OTHER_APP, phone, PLATFORMS } from "../support/house.js";

const LOGIN = "POST /v1/login";

let house: House;
beforeAll(async () => (house = await openHouse()).close);
beforeEach(() => house.proxy.reset());

/** What WeChat has said each time it was asked about these codes. */
async function exchanges(codes: string[]): Promise<unknown[]> {
  const asked = codes.map((code) =>
    house.control<{ calls: { outcome: object }[] }>("GET", `/sim/calls?code=${code}`),
  );
  return (await Promise.all(asked)).flatMap(({ calls }) => calls.map(({ outcome }) => outcome));
}

describe.each(PLATFORMS)("with %s", (name, platform) => {
  const person = (who: string) => `o-${who}-${name}`;

  test("a person signs in, is known again, and signs out", async () => {
    const { client, open } = phone(house, person("alice"), platform);
    const first = await client.login({ nickname: "小明", device: "Pixel 10" });
    expect(first).toMatchObject({ isNewUser: true, user: { nickname: "小明", status: 1 } });
    expect(await client.sessions()).toMatchObject([{ appId: APP, device: "Pixel 10", current: true }]);
    expect(await client.updateMe({ nickname: "小红" })).toMatchObject({ nickname: "小红" });

    await client.logout();
    await expect(open().me()).rejects.toMatchObject({ code: "signed_out" });
    expect(await open().login()).toMatchObject({ isNewUser: false, user: { id: first.user.id } });
    expect(await client.sessions()).toHaveLength(1);
  });

  test("many calls at the first start are one login", async () => {
    const { client } = phone(house, person("bob"), platform);
    const users = await Promise.all(Array.from({ length: 30 }, () => client.me()));
    expect(new Set(users.map(({ id }) => id)).size).toBe(1);
    expect(house.proxy.of(LOGIN)).toHaveLength(1);
  });

  test("a login whose answer is lost is the same session when it is repeated", async () => {
    const { client, codes } = phone(house, person("carol"), platform);
    house.proxy.next(LOGIN, { drop: true }, { drop: true });
    await client.login();
    const logins = house.proxy.of(LOGIN);
    expect(logins.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(logins.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(await client.sessions()).toHaveLength(1);
    expect(await exchanges(codes)).toEqual([{ errcode: 0 }]);
  });

  test("a login whose answer is late is the same session when it is repeated", async () => {
    const { open, codes } = phone(house, person("dave"), platform);
    const hasty = open({ timeout: 1_000 });
    house.proxy.next(LOGIN, { delay: 5_000 });
    await hasty.login();
    expect(house.proxy.of(LOGIN)).toHaveLength(2);
    expect(await exchanges(codes)).toEqual([{ errcode: 0 }]);
    expect(await hasty.sessions()).toHaveLength(1);
  });

  test("a code that WeChat calls used is replaced, and nobody sees it", async () => {
    const { client, platform: wx } = phone(house, person("erin"), platform);
    const { code } = wx;
    const used = await code(0);
    await phone(house, person("erin"), () => ({ ...wx, code: async () => used })).client.login();
    await client.logout();
    const codes = [used];
    wx.code = async () => codes.pop() ?? code(0);
    house.proxy.reset();
    await client.login();
    expect(house.proxy.of(LOGIN).map(({ status }) => status)).toEqual([409, 200]);
  });

  test("a network that stays away is told, and the next call signs in", async () => {
    const { client } = phone(house, person("frank"), platform);
    house.proxy.next(LOGIN, { drop: true }, { drop: true }, { drop: true });
    await expect(client.me()).rejects.toMatchObject({ code: "network" });
    expect(await client.me()).toMatchObject({ status: 1 });
  });

  test("two apps on one phone do not disturb each other", async () => {
    const one = phone(house, person("grace"), platform);
    const other = phone(house, person("grace"), platform, OTHER_APP);
    // Both keep their tokens in one storage, as web apps of one origin do.
    const otherClient = other.open({
      platform: { ...other.platform, storage: one.platform.storage },
    });
    const [mine, theirs] = await Promise.all([one.client.login(), otherClient.login()]);
    expect(mine.user.id).not.toBe(theirs.user.id);
    await one.client.logout();
    expect(await otherClient.me()).toMatchObject({ id: theirs.user.id });
    expect(await otherClient.sessions()).toMatchObject([{ appId: OTHER_APP }]);
    await expect(one.client.me()).rejects.toMatchObject({ code: "signed_out" });
  });
});

test("nobody answers at all", async () => {
  const { open } = phone(house, "o-nobody");
  const client = open({ baseUrl: "http://127.0.0.1:1" });
  await expect(client.me()).rejects.toMatchObject({ code: "network" });
});
