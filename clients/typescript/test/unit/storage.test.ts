import { describe, expect, test } from "vitest";
import { APP, controlTime, device, settle, advanceMinutes } from "../support/device.js";
import { BASE_URL } from "../support/fake-platform.js";

controlTime();

const KEY = `wxlogin ${BASE_URL} ${APP}`;

test("a session survives a restart", async () => {
  const { client, restart, wxlogin } = device();
  await settle(client.login());
  const next = restart();
  expect(next.signedIn).toBe(true);
  await settle(next.me());
  expect(wxlogin.of("/v1/login")).toHaveLength(1);
});

test("two apps or two servers on one device have separate sessions", async () => {
  const { client, restart, platform, wxlogin } = device();
  const others = [
    restart({ appId: "wxfedcba9876543210" }),
    restart({ baseUrl: `${BASE_URL}/staging` }),
    restart({ appId: undefined }),
  ];
  for (const each of [client, ...others]) await settle(each.login());
  expect(platform.stored.size).toBe(4);
  await settle(client.logout());
  expect(client.signedIn).toBe(false);
  for (const other of others) expect(other.signedIn).toBe(true);
  expect(wxlogin.isEnded("session-1")).toBe(true);
  expect(wxlogin.isEnded("session-2")).toBe(false);
});

test("two clients of one app share a session", async () => {
  const { client, restart, wxlogin } = device();
  const second = restart();
  await settle(client.login());
  await advanceMinutes(14);
  await settle(client.me());
  await settle(second.me());
  expect(wxlogin.of("/v1/login")).toHaveLength(1);
  expect(wxlogin.of("/v1/token/refresh")).toHaveLength(1);
});

describe("damaged storage", () => {
  test.each([
    "", "{", "null", "7", '"signed"', "[]", "{}",
    '{"accessToken":"a","refreshToken":"r","refreshAt":"soon","login":"l"}',
    '{"accessToken":7,"refreshToken":"r","refreshAt":1,"login":"l"}',
    '{"refreshToken":"r","refreshAt":1,"login":"l"}',
  ])("is treated as empty: %s", async (text) => {
    const { client, platform, wxlogin } = device();
    platform.stored.set(KEY, text);
    expect(client.signedIn).toBe(false);
    await settle(client.me());
    expect(wxlogin.calls.map(({ path }) => path)).toEqual(["/v1/login", "/v1/me"]);
  });
});

describe("storage that fails", () => {
  test("loses the session on restart, and not before", async () => {
    const { client, restart, platform, wxlogin } = device();
    const broken = () => { throw new Error("the storage is full"); };
    Object.assign(platform.storage, { get: broken, set: broken, remove: broken });
    await settle(client.me());
    await advanceMinutes(14);
    await settle(client.me());
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
    await settle(client.logout());
    expect(client.signedIn).toBe(false);
    expect(restart().signedIn).toBe(false);
  });

  test("and then works again contains the newest tokens", async () => {
    const { client, restart, platform, wxlogin } = device();
    await settle(client.login());
    await advanceMinutes(14);
    const { set } = platform.storage;
    platform.storage.set = () => { throw new Error("the storage is full"); };
    await settle(client.me());
    platform.storage.set = set;
    await advanceMinutes(14);
    await settle(client.me());
    await settle(restart().me());
    await settle(client.me());
    expect(wxlogin.of("/v1/token/refresh").map(({ data }) => data.refreshToken)).toEqual([
      "session-1 1", "session-1 2",
    ]);
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
  });
});
