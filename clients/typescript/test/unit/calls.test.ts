import { describe, expect, test } from "vitest";
import type { WxloginClient } from "../../src/index.js";
import { controlTime, device, errorOf, settle } from "../support/device.js";
import { ok, problem } from "../support/fake-wxlogin.js";

controlTime();

const ID = "01912345-6789-7abc-8def-0123456789ab";
const TOKENS = { accessToken: "access-1", refreshToken: "refresh-1", expiresIn: 900 };
const OPEN_DATA = { encryptedData: "data", iv: "iv", rawData: "{}", signature: "signature" };

/** Each call: its name, how to make it, the request, the response and the result. */
const CALLS: [string, (client: WxloginClient) => Promise<unknown>, object, object, unknown][] = [
  ["me", (client) => client.me(), { method: "GET", path: "/v1/me" }, { id: ID }, { id: ID }],
  [
    "updateMe",
    (client) => client.updateMe({ nickname: "小红" }),
    { method: "POST", path: "/v1/me", data: { nickname: "小红" } },
    { id: ID },
    { id: ID },
  ],
  [
    "uploadAvatar",
    (client) => client.uploadAvatar("http://tmp/picture.png"),
    { method: "POST", path: "/v1/me/avatar", data: { file: "http://tmp/picture.png" } },
    { id: ID },
    { id: ID },
  ],
  [
    "bindPhone",
    (client) => client.bindPhone({ detail: { code: "phone-1", errMsg: "getPhoneNumber:ok" } }),
    { method: "POST", path: "/v1/me/phone", data: { code: "phone-1" } },
    { id: ID },
    { id: ID },
  ],
  [
    "decryptOpenData",
    (client) => client.decryptOpenData(OPEN_DATA),
    { method: "POST", path: "/v1/me/open-data/decrypt", data: { encryptedData: "data", iv: "iv" } },
    { data: '{"stepInfoList":[]}' },
    { stepInfoList: [] },
  ],
  [
    "verifyOpenData, of an event",
    (client) => client.verifyOpenData({ detail: OPEN_DATA }),
    {
      method: "POST",
      path: "/v1/me/open-data/verify",
      data: { rawData: "{}", signature: "signature" },
    },
    {},
    {},
  ],
  [
    "checkSessionKey",
    (client) => client.checkSessionKey(),
    { method: "POST", path: "/v1/me/session-key/check" },
    { valid: false },
    false,
  ],
  [
    "sessions",
    (client) => client.sessions(),
    { method: "GET", path: "/v1/me/sessions" },
    { sessions: [{ id: ID }] },
    [{ id: ID }],
  ],
  [
    "endSession",
    (client) => client.endSession(ID),
    { method: "DELETE", path: `/v1/me/sessions/${ID}` },
    {},
    {},
  ],
  [
    "endOtherSessions",
    (client) => client.endOtherSessions(),
    { method: "DELETE", path: "/v1/me/sessions" },
    { ended: 2 },
    2,
  ],
];

describe.each(CALLS)("%s", (_, call, sent, answer, result) => {
  const { path } = sent as { path: string };

  test("signs in, sends the token and returns the result", async () => {
    const { client, wxlogin } = device();
    wxlogin.next(path, ok(answer));
    expect(await settle(call(client))).toEqual(result);
    expect(wxlogin.of(path)).toMatchObject([
      { ...sent, header: { Authorization: "Bearer access-1 of session-1" } },
    ]);
  });

  test("is retried once with a new token after a 401", async () => {
    const { client, wxlogin } = device();
    wxlogin.next(path, problem(401, "token_invalid"), ok(answer));
    expect(await settle(call(client))).toEqual(result);
    expect(wxlogin.of(path)).toMatchObject([
      sent,
      { ...sent, header: { Authorization: "Bearer access-2 of session-1" } },
    ]);
  });

  test("fails with wxlogin's problem", async () => {
    const { client, wxlogin } = device();
    wxlogin.next(path, problem(429, "rate_limited", { "Retry-After": "3" }));
    expect(await errorOf(call(client))).toMatchObject({
      code: "rate_limited",
      status: 429,
      retryAfter: 3,
    });
  });
});

describe("a login that wxlogin requires", () => {
  test.each(["reauthentication_required", "session_key_stale"])(
    "with %s is made once, and the call is retried once",
    async (code) => {
      const { client, wxlogin } = device();
      const path = "/v1/me/open-data/decrypt";
      wxlogin.next(path, problem(409, code), ok({ data: "{}" }), problem(409, code), problem(409, code));
      await settle(client.decryptOpenData(OPEN_DATA));
      expect(wxlogin.of("/v1/login")).toHaveLength(2);
      expect(wxlogin.of(path)[1]!.header["Authorization"]).toContain("session-2");

      expect((await errorOf(client.decryptOpenData(OPEN_DATA))).code).toBe(code);
      expect(wxlogin.of("/v1/login")).toHaveLength(3);
    },
  );

  test("is shared by all calls that need it", async () => {
    const { client, wxlogin } = device();
    await settle(client.login());
    const path = "/v1/me/sessions";
    const refusals = Array.from({ length: 5 }, () => problem(403, "reauthentication_required"));
    wxlogin.next(path, ...refusals);
    await settle(Promise.all(refusals.map(() => client.endOtherSessions())));
    expect(wxlogin.of("/v1/login")).toHaveLength(2);
  });

  test("follows a refresh if both are needed", async () => {
    const { client, wxlogin } = device();
    const refusals = [problem(401, "token_invalid"), problem(403, "reauthentication_required")];
    wxlogin.next("/v1/me/sessions", ...refusals, ok({ ended: 0 }));
    expect(await settle(client.endOtherSessions())).toBe(0);
  });

  test("is not made after a sign-out", async () => {
    const { client, wxlogin } = device();
    await settle(client.login());
    wxlogin.next("/v1/me/sessions", problem(403, "reauthentication_required"));
    const ending = errorOf(client.endOtherSessions());
    await settle(client.logout());
    expect((await ending).code).toBe("signed_out");
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
  });
});

describe("an event without data", () => {
  test.each([
    ["getPhoneNumber:fail user deny", "user_denied"],
    ["getPhoneNumber:fail:user cancel", "user_denied"],
    ["getPhoneNumber:fail privacy permission is not authorized", "user_denied"],
    [undefined, "user_denied"],
    ["getPhoneNumber:fail no permission", "wechat_refused"],
    ["getPhoneNumber:ok", "wechat_refused"],
  ])("%s", async (errMsg, code) => {
    const { client, wxlogin } = device();
    expect((await errorOf(client.bindPhone({ detail: { errMsg } as object }))).code).toBe(code);
    expect((await errorOf(client.decryptOpenData({ errMsg } as object))).code).toBe(code);
    expect((await errorOf(client.verifyOpenData({ detail: { errMsg } as object }))).code).toBe(code);
    expect(wxlogin.calls).toEqual([]);
  });
});

describe("a response that is not from wxlogin", () => {
  test.each([
    [{ statusCode: 502, data: "<html>Bad gateway</html>" }],
    [{ statusCode: 200, data: "<html>Sign in to this network</html>" }],
    [{ statusCode: 404, data: { message: "no such route" } }],
    [{ statusCode: 200, data: null }],
  ])("%j", async (answer) => {
    const { client, wxlogin } = device();
    wxlogin.next("/v1/me", answer);
    expect(await errorOf(client.me())).toMatchObject({
      code: "unexpected_answer",
      status: answer.statusCode,
    });
  });
});

// On some phones `wx.uploadFile` does this.
describe("a status that the platform returns as text", () => {
  const text = (statusCode: string) => statusCode as unknown as number;

  test("is a success", async () => {
    const { client, wxlogin } = device();
    wxlogin.next("/v1/login", { ...ok(TOKENS), statusCode: text("200") });
    wxlogin.next("/v1/me/avatar", { ...ok({ id: ID }), statusCode: text("200") });
    expect(await settle(client.uploadAvatar("http://tmp/picture.png"))).toEqual({ id: ID });
  });

  test("is a rejected token", async () => {
    const { client, wxlogin } = device();
    wxlogin.next("/v1/me", { ...problem(401, "token_invalid"), statusCode: text("401") });
    expect(await settle(client.me())).toHaveProperty("id");
    expect(wxlogin.of("/v1/token/refresh")).toHaveLength(1);
  });

  test("is a number in errors and in the responses of back ends", async () => {
    const url = "https://api.example.com/orders";
    const { client, wxlogin } = device({ origins: ["https://api.example.com"] });
    wxlogin.next("/v1/me", { ...problem(403, "phone_taken"), statusCode: text("403") });
    expect((await errorOf(client.me())).status).toBe(403);
    wxlogin.next(url, { statusCode: text("404") });
    expect((await settle(client.request({ url }))).statusCode).toBe(404);
  });
});
