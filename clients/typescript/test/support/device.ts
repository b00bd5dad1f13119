import { afterEach, beforeEach, expect, vi } from "vitest";
import { type ClientOptions, WxloginClient, type WxloginError } from "../../src/index.js";
import { BASE_URL, FakePlatform } from "./fake-platform.js";
import { FakeWxlogin } from "./fake-wxlogin.js";

export const APP = "wx0123456789abcdef";

/** A device with a client on it, and the wxlogin it talks to. */
export function device(options: Partial<ClientOptions> = {}) {
  const wxlogin = new FakeWxlogin();
  const platform = new FakePlatform(wxlogin);
  const start = (more: Partial<ClientOptions> = {}) =>
    new WxloginClient({ baseUrl: BASE_URL, appId: APP, platform, ...options, ...more });
  /** The mini-program starts once more, on the same device. */
  return { wxlogin, platform, client: start(), restart: start };
}

/** Gives each test of a file a clock of its own, which stands unless it is moved. */
export function controlTime(): void {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }));
  afterEach(() => void vi.useRealTimers());
}

/** Lets time pass until the promise is settled, and gives what it came to. */
export async function inTime<T>(promise: Promise<T>): Promise<T> {
  let pending = true;
  const settled = () => void (pending = false);
  promise.then(settled, settled);
  while (pending) await vi.advanceTimersByTimeAsync(10);
  return promise;
}

/** The failure of a promise that has to fail. */
export async function failureOf(promise: Promise<unknown>): Promise<WxloginError> {
  const failure = await inTime(promise.then(() => undefined, (error: WxloginError) => error));
  expect(failure).toMatchObject({ name: "WxloginError" });
  return failure as WxloginError;
}

export const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000);

/** The device's clock is set by so much; no timer fires for it. */
export const setClock = (byMinutes: number) => void vi.setSystemTime(Date.now() + byMinutes * 60_000);
