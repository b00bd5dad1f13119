import { describe, expect, test } from "vitest";
import { APP, controlTime, device, inTime, minutes } from "../support/device.js";
import { BASE_URL } from "../support/fake-platform.js";

controlTime();

const KEY = `wxlogin ${BASE_URL} ${APP}`;

test("a session outlives the program", async () => {
  const { client, restart, wxlogin } = device();
  await inTime(client.login());
  const next = restart();
  expect(next.signedIn).toBe(true);
  await inTime(next.me());
  expect(wxlogin.of("/v1/login")).toHaveLength(1);
});

test("two apps on one device keep apart, and so do two servers", async () => {
  const { client, restart, platform, wxlogin } = device();
  const others = [
    restart({ appId: "wxfedcba9876543210" }),
    restart({ baseUrl: `${BASE_URL}/staging` }),
    restart({ appId: undefined }),
  ];
  for (const each of [client, ...others]) await inTime(each.login());
  expect(platform.stored.size).toBe(4);
  await inTime(client.logout());
  expect(client.signedIn).toBe(false);
  for (const other of others) expect(other.signedIn).toBe(true);
  expect(wxlogin.isEnded("session-1")).toBe(true);
  expect(wxlogin.isEnded("session-2")).toBe(false);
});

test("two clients of one app use what the other has got", async () => {
  const { client, restart, wxlogin } = device();
  const second = restart();
  await inTime(client.login());
  await minutes(14);
  await inTime(client.me());
  await inTime(second.me());
  expect(wxlogin.of("/v1/login")).toHaveLength(1);
  expect(wxlogin.of("/v1/token/refresh")).toHaveLength(1);
});

describe("a damaged storage", () => {
  test.each([
    "", "{", "null", "7", '"signed"', "[]", "{}",
    '{"accessToken":"a","refreshToken":"r","refreshAt":"soon","login":"l"}',
    '{"accessToken":7,"refreshToken":"r","refreshAt":1,"login":"l"}',
    '{"refreshToken":"r","refreshAt":1,"login":"l"}',
  ])("is taken for none: %s", async (text) => {
    const { client, platform, wxlogin } = device();
    platform.stored.set(KEY, text);
    expect(client.signedIn).toBe(false);
    await inTime(client.me());
    expect(wxlogin.calls.map(({ path }) => path)).toEqual(["/v1/login", "/v1/me"]);
  });
});

describe("a storage that does not work", () => {
  test("costs the session at the end of the program, and not before", async () => {
    const { client, restart, platform, wxlogin } = device();
    const broken = () => { throw new Error("the storage is full"); };
    Object.assign(platform.storage, { get: broken, set: broken, remove: broken });
    await inTime(client.me());
    await minutes(14);
    await inTime(client.me());
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
    await inTime(client.logout());
    expect(client.signedIn).toBe(false);
    expect(restart().signedIn).toBe(false);
  });

  test("and then works again has the newest tokens", async () => {
    const { client, restart, platform, wxlogin } = device();
    await inTime(client.login());
    await minutes(14);
    const { set } = platform.storage;
    platform.storage.set = () => { throw new Error("the storage is full"); };
    await inTime(client.me());
    platform.storage.set = set;
    await minutes(14);
    await inTime(client.me());
    await inTime(restart().me());
    await inTime(client.me());
    expect(wxlogin.of("/v1/token/refresh").map(({ data }) => data.refreshToken)).toEqual([
      "session-1 1", "session-1 2",
    ]);
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
  });
});
