import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { WxloginClient } from "../../src/index.js";
import { APP, type Harness, startHarness, phone, wxPlatformFor } from "../support/harness.js";

const REFRESH = "POST /v1/token/refresh";
const LOGIN = "POST /v1/login";
/** The lifetime of an access token in seconds, longer than 30 calls take. */
const LIFETIME = 4;

let harness: Harness;
beforeAll(async () => (harness = await startHarness({ tokenLifetime: LIFETIME })).close);
// The device's clock stands still unless a test sets it.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  harness.proxy.reset();
});
afterEach(() => void vi.useRealTimers());

const thirtyTimes = (client: WxloginClient) =>
  Promise.all(Array.from({ length: 30 }, () => client.me()));

const setClock = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);

async function signedIn(openid: string) {
  const { client, platform } = phone(harness, openid, wxPlatformFor);
  const { user } = await client.login();
  harness.proxy.reset();
  const { storage } = platform;
  const key = `wxlogin ${harness.proxy.url} ${APP}`;
  return { client, user, storage, key };
}

/** Waits until wxlogin rejects the current access token. */
async function expiry({ storage, key }: Awaited<ReturnType<typeof signedIn>>): Promise<void> {
  const { accessToken } = JSON.parse(storage.get(key) as string);
  const headers = { authorization: `Bearer ${accessToken}` };
  while ((await fetch(`${harness.wxlogin}/v1/me`, { headers })).status !== 401) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("30 calls at the time of expiry share one refresh, before they are sent", async () => {
  const { client, user } = await signedIn("o-alice");
  setClock(LIFETIME);
  for (const { id } of await thirtyTimes(client)) expect(id).toBe(user.id);
  expect(harness.proxy.of(REFRESH)).toHaveLength(1);
  expect(new Set(harness.proxy.seen.map(({ status }) => status))).toEqual(new Set([200]));
});

test("30 calls with an expired token share one refresh, after they are rejected", async () => {
  const device = await signedIn("o-bob");
  const { client, user } = device;
  await expiry(device);
  for (const { id } of await thirtyTimes(client)) expect(id).toBe(user.id);
  expect(harness.proxy.of(REFRESH)).toHaveLength(1);
  expect(harness.proxy.of(LOGIN)).toHaveLength(0);
  const answers = harness.proxy.of("GET /v1/me").map(({ status }) => status);
  expect(answers.filter((status) => status === 401)).toHaveLength(30);
  expect(answers.filter((status) => status === 200)).toHaveLength(30);
});

test("a refresh whose responses are lost keeps the session", async () => {
  const device = await signedIn("o-carol");
  const { client } = device;
  setClock(LIFETIME);
  harness.proxy.next(REFRESH, { drop: true }, { drop: true });
  await thirtyTimes(client);
  expect(harness.proxy.of(REFRESH).map(({ status }) => status)).toEqual([200, 200, 200]);
  await expiry(device);
  await client.me();
  expect(harness.proxy.of(LOGIN)).toHaveLength(0);
  expect(await client.sessions()).toHaveLength(1);
});

test("an old refresh token ends the session and leads to a silent login", async () => {
  const { client, user, storage, key } = await signedIn("o-dave");
  // As after restoring the phone from a backup.
  const copy = storage.get(key) as string;
  for (let times = 0; times < 2; times++) {
    setClock(LIFETIME);
    await client.me();
  }
  storage.set(key, copy);
  for (const { id } of await thirtyTimes(client)) expect(id).toBe(user.id);
  expect(harness.proxy.of(REFRESH).map(({ status }) => status)).toEqual([200, 200, 400]);
  expect(harness.proxy.of(LOGIN)).toHaveLength(1);
});

test("a device clock that is a year off does not lock the user out", async () => {
  const device = await signedIn("o-erin");
  const { client } = device;
  for (const jump of [1, -2]) {
    setClock(jump * 365 * 24 * 3600);
    await thirtyTimes(client);
    await expiry(device);
    await thirtyTimes(client);
  }
  expect(harness.proxy.of(LOGIN)).toHaveLength(0);
});

test("a request that a back end rejects with 401 is retried with a new token", async () => {
  const { client } = await signedIn("o-frank");
  harness.proxy.next("GET /v1/verify", { status: 401, code: "who are you" });
  const { statusCode, header } = await client.request({ url: `${harness.proxy.url}/v1/verify` });
  expect(statusCode).toBe(200);
  expect(header["x-user-id"]).toBe((await client.me()).id);
  expect(harness.proxy.of(REFRESH)).toHaveLength(1);
});
