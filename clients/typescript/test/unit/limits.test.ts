import { describe, expect, test, vi } from "vitest";
import { CancelSignal } from "../../src/index.js";
import { controlTime, device, failureOf, inTime } from "../support/device.js";

controlTime();

describe("a timeout", () => {
  test("ends a request after ten seconds, or what was asked for", async () => {
    const { client, wxlogin, platform, restart } = device();
    await inTime(client.login());
    for (const [each, options, seconds] of [
      [client, undefined, 10],
      [restart({ timeout: 5_000 }), undefined, 5],
      [client, { timeout: 3_000 }, 3],
    ] as const) {
      wxlogin.next("/v1/me", "hangs");
      const begun = Date.now();
      expect((await failureOf(each.me(options))).code).toBe("timeout");
      expect(Math.round((Date.now() - begun) / 1000)).toBe(seconds);
    }
    expect(platform.aborted).toBe(3);
  });

  test("leaves an upload a minute, or what was asked for", async () => {
    const { client, wxlogin } = device();
    await inTime(client.login());
    for (const [options, seconds] of [[undefined, 60], [{ timeout: 3_000 }, 3]] as const) {
      wxlogin.next("/v1/me/avatar", "hangs");
      const begun = Date.now();
      expect((await failureOf(client.uploadAvatar("picture.png", options))).code).toBe("timeout");
      expect(Math.round((Date.now() - begun) / 1000)).toBe(seconds);
    }
  });

  test("of the platform's own is told as one", async () => {
    const { client, platform } = device();
    await inTime(client.login());
    platform.request = () => ({
      response: Promise.reject({ errMsg: "request:fail timeout" }),
      abort() {},
    });
    expect((await failureOf(client.me())).code).toBe("timeout");
  });
});

describe.each([
  ["CancelSignal", () => { const signal = new CancelSignal(); return { signal, cancel: () => signal.cancel() }; }],
  ["AbortController", () => { const it = new AbortController(); return { signal: it.signal, cancel: () => it.abort() }; }],
])("a call with a signal of %s", (_, make) => {
  test("is given up when it is cancelled", async () => {
    const { client, wxlogin, platform } = device();
    await inTime(client.login());
    const { signal, cancel } = make();
    wxlogin.next("/v1/me", "hangs");
    const failed = failureOf(client.me({ signal }));
    await vi.advanceTimersByTimeAsync(1_000);
    cancel();
    expect((await failed).code).toBe("cancelled");
    expect(platform.aborted).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is not begun when it was cancelled before", async () => {
    const { client, wxlogin } = device();
    const { signal, cancel } = make();
    cancel();
    expect((await failureOf(client.me({ signal }))).code).toBe("cancelled");
    expect(wxlogin.calls).toEqual([]);
  });

  test("leaves to others the login it has waited for with them", async () => {
    const { client, wxlogin, platform } = device();
    const { signal, cancel } = make();
    const failures = [failureOf(client.me({ signal })), failureOf(client.login({}, { signal }))];
    const others = inTime(client.me());
    cancel();
    for (const failed of failures) expect((await failed).code).toBe("cancelled");
    await others;
    expect(wxlogin.calls.map(({ path }) => path)).toEqual(["/v1/login", "/v1/me"]);
    expect(platform.aborted).toBe(0);
  });

  test("leaves nothing behind when it succeeds", async () => {
    const { client } = device();
    const { signal, cancel } = make();
    await inTime(client.me({ signal }));
    expect(vi.getTimerCount()).toBe(0);
    cancel();
    cancel();
    await inTime(client.me());
  });
});
