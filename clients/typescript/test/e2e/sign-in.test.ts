import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { APP, type Harness, startHarness, OTHER_APP, phone, PLATFORMS } from "../support/harness.js";

const LOGIN = "POST /v1/login";

let harness: Harness;
beforeAll(async () => (harness = await startHarness()).close);
beforeEach(() => harness.proxy.reset());

/** Returns WeChat's response to each exchange of these codes. */
async function exchanges(codes: string[]): Promise<unknown[]> {
  const asked = codes.map((code) =>
    harness.control<{ calls: { outcome: object }[] }>("GET", `/sim/calls?code=${code}`),
  );
  return (await Promise.all(asked)).flatMap(({ calls }) => calls.map(({ outcome }) => outcome));
}

describe.each(PLATFORMS)("with %s", (name, platform) => {
  const person = (who: string) => `o-${who}-${name}`;

  test("a user signs in, signs out and signs in again as the same user", async () => {
    const { client, open } = phone(harness, person("alice"), platform);
    const first = await client.login({ nickname: "小明", device: "Pixel 10" });
    expect(first).toMatchObject({ isNewUser: true, user: { nickname: "小明", status: 1 } });
    expect(await client.sessions()).toMatchObject([{ appId: APP, device: "Pixel 10", current: true }]);
    expect(await client.updateMe({ nickname: "小红" })).toMatchObject({ nickname: "小红" });

    await client.logout();
    await expect(open().me()).rejects.toMatchObject({ code: "signed_out" });
    expect(await open().login()).toMatchObject({ isNewUser: false, user: { id: first.user.id } });
    expect(await client.sessions()).toHaveLength(1);
  });

  test("many calls at the first start share one login", async () => {
    const { client } = phone(harness, person("bob"), platform);
    const users = await Promise.all(Array.from({ length: 30 }, () => client.me()));
    expect(new Set(users.map(({ id }) => id)).size).toBe(1);
    expect(harness.proxy.of(LOGIN)).toHaveLength(1);
  });

  test("a login whose response is lost is retried and returns the same session", async () => {
    const { client, codes } = phone(harness, person("carol"), platform);
    harness.proxy.next(LOGIN, { drop: true }, { drop: true });
    await client.login();
    const logins = harness.proxy.of(LOGIN);
    expect(logins.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(logins.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(await client.sessions()).toHaveLength(1);
    expect(await exchanges(codes)).toEqual([{ errcode: 0 }]);
  });

  test("a login whose response is late is retried and returns the same session", async () => {
    const { open, codes } = phone(harness, person("dave"), platform);
    const hasty = open({ timeout: 1_000 });
    harness.proxy.next(LOGIN, { delay: 5_000 });
    await hasty.login();
    expect(harness.proxy.of(LOGIN)).toHaveLength(2);
    expect(await exchanges(codes)).toEqual([{ errcode: 0 }]);
    expect(await hasty.sessions()).toHaveLength(1);
  });

  test("a used code is replaced silently", async () => {
    const { client, platform: wx } = phone(harness, person("erin"), platform);
    const { code } = wx;
    const used = await code(0);
    await phone(harness, person("erin"), () => ({ ...wx, code: async () => used })).client.login();
    await client.logout();
    const codes = [used];
    wx.code = async () => codes.pop() ?? code(0);
    harness.proxy.reset();
    await client.login();
    expect(harness.proxy.of(LOGIN).map(({ status }) => status)).toEqual([409, 200]);
  });

  test("a network failure is reported, and the next call signs in", async () => {
    const { client } = phone(harness, person("frank"), platform);
    harness.proxy.next(LOGIN, { drop: true }, { drop: true }, { drop: true });
    await expect(client.me()).rejects.toMatchObject({ code: "network" });
    expect(await client.me()).toMatchObject({ status: 1 });
  });

  test("two apps on one phone do not affect each other", async () => {
    const one = phone(harness, person("grace"), platform);
    const other = phone(harness, person("grace"), platform, OTHER_APP);
    // Both use the same storage, like web apps of one origin.
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

test("a server that cannot be reached is a network failure", async () => {
  const { open } = phone(harness, "o-nobody");
  const client = open({ baseUrl: "http://127.0.0.1:1" });
  await expect(client.me()).rejects.toMatchObject({ code: "network" });
});
