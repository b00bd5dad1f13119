import { describe, expect, test, vi } from "vitest";
import { CancelSignal } from "../../src/index.js";
import { controlTime, device, errorOf, settle } from "../support/device.js";

controlTime();

describe("a timeout", () => {
  test("is ten seconds for a request, or as configured", async () => {
    const { client, wxlogin, platform, restart } = device();
    await settle(client.login());
    for (const [each, options, seconds] of [
      [client, undefined, 10],
      [restart({ timeout: 5_000 }), undefined, 5],
      [client, { timeout: 3_000 }, 3],
    ] as const) {
      wxlogin.next("/v1/me", "hangs");
      const begun = Date.now();
      expect((await errorOf(each.me(options))).code).toBe("timeout");
      expect(Math.round((Date.now() - begun) / 1000)).toBe(seconds);
    }
    expect(platform.aborted).toBe(3);
  });

  test("is one minute for an upload, or as configured", async () => {
    const { client, wxlogin } = device();
    await settle(client.login());
    for (const [options, seconds] of [[undefined, 60], [{ timeout: 3_000 }, 3]] as const) {
      wxlogin.next("/v1/me/avatar", "hangs");
      const begun = Date.now();
      expect((await errorOf(client.uploadAvatar("picture.png", options))).code).toBe("timeout");
      expect(Math.round((Date.now() - begun) / 1000)).toBe(seconds);
    }
  });

  test("of the platform is reported as a timeout", async () => {
    const { client, platform } = device();
    await settle(client.login());
    platform.request = () => ({
      response: Promise.reject({ errMsg: "request:fail timeout" }),
      abort() {},
    });
    expect((await errorOf(client.me())).code).toBe("timeout");
  });
});

describe.each([
  ["CancelSignal", () => { const signal = new CancelSignal(); return { signal, cancel: () => signal.cancel() }; }],
  ["AbortController", () => { const it = new AbortController(); return { signal: it.signal, cancel: () => it.abort() }; }],
])("a call with a signal of %s", (_, make) => {
  test("is aborted when it is cancelled", async () => {
    const { client, wxlogin, platform } = device();
    await settle(client.login());
    const { signal, cancel } = make();
    wxlogin.next("/v1/me", "hangs");
    const failed = errorOf(client.me({ signal }));
    await vi.advanceTimersByTimeAsync(1_000);
    cancel();
    expect((await failed).code).toBe("cancelled");
    expect(platform.aborted).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is not sent if it was cancelled before", async () => {
    const { client, wxlogin } = device();
    const { signal, cancel } = make();
    cancel();
    expect((await errorOf(client.me({ signal }))).code).toBe("cancelled");
    expect(wxlogin.calls).toEqual([]);
  });

  test("does not cancel a login that other calls wait for", async () => {
    const { client, wxlogin, platform } = device();
    const { signal, cancel } = make();
    const failures = [errorOf(client.me({ signal })), errorOf(client.login({}, { signal }))];
    const others = settle(client.me());
    cancel();
    for (const failed of failures) expect((await failed).code).toBe("cancelled");
    await others;
    expect(wxlogin.calls.map(({ path }) => path)).toEqual(["/v1/login", "/v1/me"]);
    expect(platform.aborted).toBe(0);
  });

  test("leaves no timer behind when it succeeds", async () => {
    const { client } = device();
    const { signal, cancel } = make();
    await settle(client.me({ signal }));
    expect(vi.getTimerCount()).toBe(0);
    cancel();
    cancel();
    await settle(client.me());
  });
});
