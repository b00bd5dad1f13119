import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { WxloginClient } from "../../src/index.js";
import { APP, type House, openHouse, phone, onWx } from "../support/house.js";

const REFRESH = "POST /v1/token/refresh";
const LOGIN = "POST /v1/login";
/** How long an access token holds, in seconds: longer than 30 calls take. */
const LIFETIME = 4;

let house: House;
beforeAll(async () => (house = await openHouse({ tokenLifetime: LIFETIME })).close);
// The device's clock is ours: it stands still unless it is set.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  house.proxy.reset();
});
afterEach(() => void vi.useRealTimers());

const thirtyTimes = (client: WxloginClient) =>
  Promise.all(Array.from({ length: 30 }, () => client.me()));

const setClock = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);

async function signedIn(openid: string) {
  const { client, platform } = phone(house, openid, onWx);
  const { user } = await client.login();
  house.proxy.reset();
  const { storage } = platform;
  const key = `wxlogin ${house.proxy.url} ${APP}`;
  return { client, user, storage, key };
}

/** Waits until wxlogin refuses the access token at hand. */
async function expiry({ storage, key }: Awaited<ReturnType<typeof signedIn>>): Promise<void> {
  const { accessToken } = JSON.parse(storage.get(key) as string);
  const headers = { authorization: `Bearer ${accessToken}` };
  while ((await fetch(`${house.wxlogin}/v1/me`, { headers })).status !== 401) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("30 calls at the moment of expiry are one refresh, ahead of it", async () => {
  const { client, user } = await signedIn("o-alice");
  setClock(LIFETIME);
  for (const { id } of await thirtyTimes(client)) expect(id).toBe(user.id);
  expect(house.proxy.of(REFRESH)).toHaveLength(1);
  expect(new Set(house.proxy.seen.map(({ status }) => status))).toEqual(new Set([200]));
});

test("30 calls with a token that has expired unnoticed are one refresh, after it", async () => {
  const device = await signedIn("o-bob");
  const { client, user } = device;
  await expiry(device);
  for (const { id } of await thirtyTimes(client)) expect(id).toBe(user.id);
  expect(house.proxy.of(REFRESH)).toHaveLength(1);
  expect(house.proxy.of(LOGIN)).toHaveLength(0);
  const answers = house.proxy.of("GET /v1/me").map(({ status }) => status);
  expect(answers.filter((status) => status === 401)).toHaveLength(30);
  expect(answers.filter((status) => status === 200)).toHaveLength(30);
});

test("a refresh whose answers are lost goes on with the same session", async () => {
  const device = await signedIn("o-carol");
  const { client } = device;
  setClock(LIFETIME);
  house.proxy.next(REFRESH, { drop: true }, { drop: true });
  await thirtyTimes(client);
  expect(house.proxy.of(REFRESH).map(({ status }) => status)).toEqual([200, 200, 200]);
  await expiry(device);
  await client.me();
  expect(house.proxy.of(LOGIN)).toHaveLength(0);
  expect(await client.sessions()).toHaveLength(1);
});

test("an old refresh token ends the session, and costs a login that nobody sees", async () => {
  const { client, user, storage, key } = await signedIn("o-dave");
  // As after restoring the phone from a copy.
  const copy = storage.get(key) as string;
  for (let times = 0; times < 2; times++) {
    setClock(LIFETIME);
    await client.me();
  }
  storage.set(key, copy);
  for (const { id } of await thirtyTimes(client)) expect(id).toBe(user.id);
  expect(house.proxy.of(REFRESH).map(({ status }) => status)).toEqual([200, 200, 400]);
  expect(house.proxy.of(LOGIN)).toHaveLength(1);
});

test("a clock that is set a year ahead or back locks nobody out", async () => {
  const device = await signedIn("o-erin");
  const { client } = device;
  for (const jump of [1, -2]) {
    setClock(jump * 365 * 24 * 3600);
    await thirtyTimes(client);
    await expiry(device);
    await thirtyTimes(client);
  }
  expect(house.proxy.of(LOGIN)).toHaveLength(0);
});

test("a back end that answers 401 is asked again with a new token", async () => {
  const { client } = await signedIn("o-frank");
  house.proxy.next("GET /v1/verify", { status: 401, code: "who are you" });
  const { statusCode, header } = await client.request({ url: `${house.proxy.url}/v1/verify` });
  expect(statusCode).toBe(200);
  expect(header["x-user-id"]).toBe((await client.me()).id);
  expect(house.proxy.of(REFRESH)).toHaveLength(1);
});
