import { describe, expect, test } from "vitest";
import { APP, controlTime, device, failureOf, inTime } from "../support/device.js";
import { problem } from "../support/fake-wxlogin.js";

controlTime();

describe("a login", () => {
  test("sends the code, the app, the device and what the page knows, under a new key", async () => {
    const { client, wxlogin } = device({ device: "Pixel 10" });
    const signedIn = await inTime(client.login({ nickname: "小明", phoneCode: "phone-1" }));
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

  test("happens by itself when a call needs it, once for all calls that wait", async () => {
    const { client, wxlogin } = device();
    const calls = Array.from({ length: 10 }, () => client.me());
    await inTime(Promise.all([...calls, client.login(), client.login()]));
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
    expect(wxlogin.of("/v1/me")).toHaveLength(10);
  });

  test("with something else to say waits for its turn", async () => {
    const { client, wxlogin } = device();
    await inTime(Promise.all([client.me(), client.login({ nickname: "小明" })]));
    expect(wxlogin.of("/v1/login").map(({ data }) => data.nickname)).toEqual([undefined, "小明"]);
  });

  test("ends the device's session before", async () => {
    const { client, wxlogin } = device();
    await inTime(client.login());
    await inTime(client.login());
    await inTime(client.me());
    expect(wxlogin.isEnded("session-1")).toBe(true);
    expect(wxlogin.isEnded("session-2")).toBe(false);
  });

  test("that fails fails the calls that wait for it, and the next call tries again", async () => {
    const { client, wxlogin } = device();
    wxlogin.next("/v1/login", problem(503, "wechat_unavailable", { "retry-after": "7" }));
    const failures = await Promise.all([failureOf(client.me()), failureOf(client.sessions())]);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: "wechat_unavailable", status: 503, retryAfter: 7 });
    }
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
    await inTime(client.me());
  });

  test("that fails does not disturb calls whose tokens hold", async () => {
    const { client, wxlogin } = device();
    await inTime(client.login());
    wxlogin.next("/v1/login", problem(429, "rate_limited"));
    const again = failureOf(client.login());
    await inTime(client.me());
    expect((await again).code).toBe("rate_limited");
  });
});

describe("a lost answer", () => {
  test("is asked for again with the same code and key, and gives the same session", async () => {
    const { client, wxlogin, platform } = device();
    wxlogin.next("/v1/login", "lost", "lost");
    await inTime(client.login());
    const [first, ...repeats] = wxlogin.of("/v1/login");
    expect(repeats).toEqual([first, first]);
    expect(platform.codes).toBe(1);
    await inTime(client.me());
  });

  test("is asked for again after a timeout, and after an answer that is not wxlogin's", async () => {
    const { client, wxlogin, platform } = device({ timeout: 5_000 });
    wxlogin.next("/v1/login", "hangs", { statusCode: 502, data: "<html>Bad gateway</html>" });
    await inTime(client.login());
    expect(wxlogin.of("/v1/login")).toHaveLength(3);
    expect(platform.codes).toBe(1);
    expect(platform.aborted).toBe(1);
  });

  test("that stays lost is a network failure", async () => {
    const { client, wxlogin } = device();
    wxlogin.next("/v1/login", "lost", "lost", "lost");
    expect(await failureOf(client.login())).toMatchObject({ code: "network", message: "request:fail " });
    expect(wxlogin.of("/v1/login")).toHaveLength(3);
  });

  test("that wxlogin cannot repeat costs a new code, and nobody sees a failure", async () => {
    const { client, wxlogin, platform } = device();
    wxlogin.next("/v1/login", "lost", problem(409, "login_code_used"));
    await inTime(client.login());
    expect(platform.codes).toBe(2);
  });
});

describe("a code that is no good", () => {
  test.each(["login_code_used", "login_code_invalid"])("%s is replaced, with its key", async (code) => {
    const { client, wxlogin } = device();
    wxlogin.next("/v1/login", problem(409, code));
    await inTime(client.login());
    const [first, second] = wxlogin.of("/v1/login");
    expect(second!.data.code).not.toBe(first!.data.code);
    expect(second!.header["Idempotency-Key"]).not.toBe(first!.header["Idempotency-Key"]);
  });

  test("is replaced once", async () => {
    const { client, wxlogin, platform } = device();
    wxlogin.next("/v1/login", problem(400, "login_code_invalid"), problem(400, "login_code_invalid"));
    expect((await failureOf(client.login())).code).toBe("login_code_invalid");
    expect(platform.codes).toBe(2);
  });

  test("is asked for no second time when WeChat gives none", async () => {
    const { client, platform, wxlogin } = device();
    platform.code = () => Promise.reject({ errMsg: "login:fail no network" });
    expect(await failureOf(client.login())).toMatchObject({
      code: "login_code_unavailable",
      message: "login:fail no network",
    });
    platform.code = async () => "";
    expect((await failureOf(client.login())).code).toBe("login_code_unavailable");
    expect(wxlogin.calls).toEqual([]);
  });

  test("is not waited for for ever", async () => {
    const { client, platform } = device();
    platform.code = () => new Promise(() => {});
    expect((await failureOf(client.me())).code).toBe("login_code_unavailable");
  });
});

test("other refusals are told as they are, without a second try", async () => {
  const { client, wxlogin, platform } = device();
  wxlogin.next("/v1/login", problem(403, "account_erasing"));
  expect(await failureOf(client.login())).toMatchObject({ code: "account_erasing", status: 403 });
  expect(platform.codes).toBe(1);
  await inTime(client.login({ restore: true }));
  expect(wxlogin.of("/v1/login")[1]!.data.restore).toBe(true);
});
