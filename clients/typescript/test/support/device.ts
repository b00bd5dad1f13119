import { afterEach, beforeEach, expect, vi } from "vitest";
import { type ClientOptions, WxloginClient, type WxloginError } from "../../src/index.js";
import { BASE_URL, FakePlatform } from "./fake-platform.js";
import { FakeWxlogin } from "./fake-wxlogin.js";

export const APP = "wx0123456789abcdef";

/** A client on a fake device, connected to a fake wxlogin. */
export function device(options: Partial<ClientOptions> = {}) {
  const wxlogin = new FakeWxlogin();
  const platform = new FakePlatform(wxlogin);
  const start = (more: Partial<ClientOptions> = {}) =>
    new WxloginClient({ baseUrl: BASE_URL, appId: APP, platform, ...options, ...more });
  // `restart` starts the mini-program again on the same device.
  return { wxlogin, platform, client: start(), restart: start };
}

/** Gives each test of a file a fake clock that only the test advances. */
export function controlTime(): void {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }));
  afterEach(() => void vi.useRealTimers());
}

/** Advances the clock until the promise is settled, and returns its result. */
export async function settle<T>(promise: Promise<T>): Promise<T> {
  let pending = true;
  const settled = () => void (pending = false);
  promise.then(settled, settled);
  while (pending) await vi.advanceTimersByTimeAsync(10);
  return promise;
}

/** Returns the error with which the promise must fail. */
export async function errorOf(promise: Promise<unknown>): Promise<WxloginError> {
  const failure = await settle(promise.then(() => undefined, (error: WxloginError) => error));
  expect(failure).toMatchObject({ name: "WxloginError" });
  return failure as WxloginError;
}

export const advanceMinutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000);

/** Sets the device's clock forward or back without firing timers. */
export const setClock = (byMinutes: number) => void vi.setSystemTime(Date.now() + byMinutes * 60_000);
