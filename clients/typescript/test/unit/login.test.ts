import { describe, expect, test } from "vitest";
import { APP, controlTime, device, errorOf, settle } from "../support/device.js";
import { problem } from "../support/fake-wxlogin.js";

controlTime();

describe("a login", () => {
  test("sends the code, app, device and parameters with a new idempotency key", async () => {
    const { client, wxlogin } = device({ device: "Pixel 10" });
    const signedIn = await settle(client.login({ nickname: "小明", phoneCode: "phone-1" }));
    expect(signedIn.isNewUser).toBe(true);
    expect(signedIn).not.toHaveProperty("accessToken");
    expect(wxlogin.calls).toMatchObject([
      {
        method: "POST",
        path: "/v1/login",
        data: { appId: APP, code: "code-1", device: "Pixel 10", nickname: "小明", phoneCode: "phone-1" },
        header: { "Idempotency-Key": "01".repeat(16) },
      },
    ]);
    expect(client.signedIn).toBe(true);
  });

  test("happens automatically, once for all calls that need it", async () => {
    const { client, wxlogin } = device();
    const calls = Array.from({ length: 10 }, () => client.me());
    await settle(Promise.all([...calls, client.login(), client.login()]));
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
    expect(wxlogin.of("/v1/me")).toHaveLength(10);
  });

  test("with other parameters waits for the login in progress", async () => {
    const { client, wxlogin } = device();
    await settle(Promise.all([client.me(), client.login({ nickname: "小明" })]));
    expect(wxlogin.of("/v1/login").map(({ data }) => data.nickname)).toEqual([undefined, "小明"]);
  });

  test("ends the device's previous session", async () => {
    const { client, wxlogin } = device();
    await settle(client.login());
    await settle(client.login());
    await settle(client.me());
    expect(wxlogin.isEnded("session-1")).toBe(true);
    expect(wxlogin.isEnded("session-2")).toBe(false);
  });

  test("that fails also fails the waiting calls, and the next call tries again", async () => {
    const { client, wxlogin } = device();
    wxlogin.next("/v1/login", problem(503, "wechat_unavailable", { "retry-after": "7" }));
    const failures = await Promise.all([errorOf(client.me()), errorOf(client.sessions())]);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: "wechat_unavailable", status: 503, retryAfter: 7 });
    }
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
    await settle(client.me());
  });

  test("that fails does not affect calls with valid tokens", async () => {
    const { client, wxlogin } = device();
    await settle(client.login());
    wxlogin.next("/v1/login", problem(429, "rate_limited"));
    const again = errorOf(client.login());
    await settle(client.me());
    expect((await again).code).toBe("rate_limited");
  });
});

describe("a lost response", () => {
  test("leads to a retry with the same code and key, which returns the same session", async () => {
    const { client, wxlogin, platform } = device();
    wxlogin.next("/v1/login", "lost", "lost");
    await settle(client.login());
    const [first, ...repeats] = wxlogin.of("/v1/login");
    expect(repeats).toEqual([first, first]);
    expect(platform.codes).toBe(1);
    await settle(client.me());
  });

  test("leads to a retry after a timeout or a response that is not from wxlogin", async () => {
    const { client, wxlogin, platform } = device({ timeout: 5_000 });
    wxlogin.next("/v1/login", "hangs", { statusCode: 502, data: "<html>Bad gateway</html>" });
    await settle(client.login());
    expect(wxlogin.of("/v1/login")).toHaveLength(3);
    expect(platform.codes).toBe(1);
    expect(platform.aborted).toBe(1);
  });

  test("fails with a network error after two retries", async () => {
    const { client, wxlogin } = device();
    wxlogin.next("/v1/login", "lost", "lost", "lost");
    expect(await errorOf(client.login())).toMatchObject({ code: "network", message: "request:fail " });
    expect(wxlogin.of("/v1/login")).toHaveLength(3);
  });

  test("that wxlogin cannot repeat leads to a login with a new code", async () => {
    const { client, wxlogin, platform } = device();
    wxlogin.next("/v1/login", "lost", problem(409, "login_code_used"));
    await settle(client.login());
    expect(platform.codes).toBe(2);
  });
});

describe("a rejected code", () => {
  test.each(["login_code_used", "login_code_invalid"])("%s is replaced, and its idempotency key too", async (code) => {
    const { client, wxlogin } = device();
    wxlogin.next("/v1/login", problem(409, code));
    await settle(client.login());
    const [first, second] = wxlogin.of("/v1/login");
    expect(second!.data.code).not.toBe(first!.data.code);
    expect(second!.header["Idempotency-Key"]).not.toBe(first!.header["Idempotency-Key"]);
  });

  test("is replaced only once", async () => {
    const { client, wxlogin, platform } = device();
    wxlogin.next("/v1/login", problem(400, "login_code_invalid"), problem(400, "login_code_invalid"));
    expect((await errorOf(client.login())).code).toBe("login_code_invalid");
    expect(platform.codes).toBe(2);
  });

  test("is not requested again if WeChat returns none", async () => {
    const { client, platform, wxlogin } = device();
    platform.code = () => Promise.reject({ errMsg: "login:fail no network" });
    expect(await errorOf(client.login())).toMatchObject({
      code: "login_code_unavailable",
      message: "login:fail no network",
    });
    platform.code = async () => "";
    expect((await errorOf(client.login())).code).toBe("login_code_unavailable");
    expect(wxlogin.calls).toEqual([]);
  });

  test("is requested with a timeout", async () => {
    const { client, platform } = device();
    platform.code = () => new Promise(() => {});
    expect((await errorOf(client.me())).code).toBe("login_code_unavailable");
  });
});

test("other problems are returned without a retry", async () => {
  const { client, wxlogin, platform } = device();
  wxlogin.next("/v1/login", problem(403, "account_erasing"));
  expect(await errorOf(client.login())).toMatchObject({ code: "account_erasing", status: 403 });
  expect(platform.codes).toBe(1);
  await settle(client.login({ restore: true }));
  expect(wxlogin.of("/v1/login")[1]!.data.restore).toBe(true);
});
