import { describe, expect, test } from "vitest";
import { controlTime, device, errorOf, settle, advanceMinutes, setClock } from "../support/device.js";
import { ok, problem } from "../support/fake-wxlogin.js";

controlTime();

const REFRESH = "/v1/token/refresh";

async function signedIn() {
  const all = device();
  await settle(all.client.login());
  return all;
}

describe("an access token", () => {
  test("is used while it is valid", async () => {
    const { client, wxlogin } = await signedIn();
    await advanceMinutes(13);
    await settle(client.me());
    expect(wxlogin.of(REFRESH)).toHaveLength(0);
  });

  test("is refreshed before it expires, once for all calls", async () => {
    const { client, wxlogin } = await signedIn();
    await advanceMinutes(14);
    await settle(Promise.all(Array.from({ length: 30 }, () => client.me())));
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
    // No call used the old token.
    const sent = wxlogin.of("/v1/me").map(({ header }) => header["Authorization"]);
    expect(new Set(sent)).toEqual(new Set(["Bearer access-2 of session-1"]));
  });

  test("that is rejected is refreshed, and the call is retried", async () => {
    const { client, wxlogin } = await signedIn();
    wxlogin.refuseTokens();
    await settle(Promise.all(Array.from({ length: 30 }, () => client.me())));
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
    expect(wxlogin.of("/v1/me")).toHaveLength(60);
  });

  test("is not refreshed when an older token is rejected late", async () => {
    const { client, wxlogin } = await signedIn();
    wxlogin.next("/v1/me", { ...problem(401, "token_invalid"), after: 5_000 });
    const late = client.me();
    wxlogin.refuseTokens();
    await settle(client.me());
    await settle(late);
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
  });

  test("that is rejected twice fails the call", async () => {
    const { client, wxlogin } = await signedIn();
    wxlogin.next("/v1/me", problem(401, "token_invalid"), problem(401, "token_invalid"));
    expect(await errorOf(client.me())).toMatchObject({ code: "token_invalid", status: 401 });
    expect(wxlogin.of("/v1/me")).toHaveLength(2);
  });
});

describe("a refresh", () => {
  test("whose response was lost is retried with the same token", async () => {
    const { client, wxlogin } = await signedIn();
    await advanceMinutes(14);
    wxlogin.next(REFRESH, "lost", "lost");
    await settle(client.me());
    const tokens = wxlogin.of(REFRESH).map(({ data }) => data.refreshToken);
    expect(tokens).toEqual(["session-1 1", "session-1 1", "session-1 1"]);
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
  });

  test("uses each refresh token once", async () => {
    const { client, wxlogin } = await signedIn();
    for (let times = 0; times < 3; times++) {
      await advanceMinutes(20);
      await settle(client.me());
    }
    const tokens = wxlogin.of(REFRESH).map(({ data }) => data.refreshToken);
    expect(tokens).toEqual(["session-1 1", "session-1 2", "session-1 3"]);
  });

  test("that fails also fails the waiting calls, and keeps the session", async () => {
    const { client, wxlogin } = await signedIn();
    await advanceMinutes(14);
    wxlogin.next(REFRESH, problem(503, "store_unavailable", { "Retry-After": "5" }));
    const failures = await Promise.all([errorOf(client.me()), errorOf(client.sessions())]);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: "store_unavailable", retryAfter: 5 });
    }
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
    await settle(client.me());
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
  });

  test.each(["refresh_token_invalid", "refresh_token_reused"])(
    "that fails with %s leads to one login",
    async (code) => {
      const { client, wxlogin } = await signedIn();
      await advanceMinutes(14);
      wxlogin.next(REFRESH, problem(400, code));
      await settle(Promise.all(Array.from({ length: 10 }, () => client.me())));
      expect(wxlogin.of(REFRESH)).toHaveLength(1);
      expect(wxlogin.of("/v1/login")).toHaveLength(2);
    },
  );

  test("of a disabled user fails and does not sign in again", async () => {
    const { client, wxlogin } = await signedIn();
    await advanceMinutes(14);
    wxlogin.next(REFRESH, problem(403, "user_disabled"));
    expect((await errorOf(client.me())).code).toBe("user_disabled");
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
  });

  test("and a login run one after another", async () => {
    const { client, wxlogin } = await signedIn();
    await advanceMinutes(14);
    await settle(Promise.all([client.me(), client.login(), client.me()]));
    const paths = wxlogin.calls.map(({ path }) => path);
    expect(paths.filter((path) => path === REFRESH)).toHaveLength(1);
    expect(paths.indexOf(REFRESH)).toBeLessThan(paths.lastIndexOf("/v1/login"));
    expect(wxlogin.isEnded("session-1")).toBe(true);
  });
});

describe("a device clock that is set", () => {
  test("forward leads to one refresh", async () => {
    const { client, wxlogin } = await signedIn();
    setClock(60 * 24 * 365);
    // wxlogin's clock did not change, so the old token was still valid.
    wxlogin.next(REFRESH, ok({ accessToken: "new", refreshToken: "new", expiresIn: 900 }));
    wxlogin.next("/v1/me", ok({ id: "me" }), ok({ id: "me" }));
    await settle(client.me());
    await settle(client.me());
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
  });

  test("back leads to one rejected request", async () => {
    const { client, wxlogin } = await signedIn();
    setClock(-60 * 24 * 365);
    wxlogin.refuseTokens();
    await settle(client.me());
    await settle(client.me());
    expect(wxlogin.of("/v1/me")).toHaveLength(3);
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
  });
});

test("a session that was ended on another device is replaced by a new one", async () => {
  const { client, wxlogin } = await signedIn();
  wxlogin.endSessions();
  await settle(client.me());
  expect(wxlogin.calls.map(({ path }) => path)).toEqual([
    "/v1/login", "/v1/me", REFRESH, "/v1/login", "/v1/me",
  ]);
});
