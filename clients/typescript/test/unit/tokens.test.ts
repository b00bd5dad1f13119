import { describe, expect, test } from "vitest";
import { controlTime, device, failureOf, inTime, minutes, setClock } from "../support/device.js";
import { ok, problem } from "../support/fake-wxlogin.js";

controlTime();

const REFRESH = "/v1/token/refresh";

async function signedIn() {
  const all = device();
  await inTime(all.client.login());
  return all;
}

describe("an access token", () => {
  test("is used as long as it holds", async () => {
    const { client, wxlogin } = await signedIn();
    await minutes(13);
    await inTime(client.me());
    expect(wxlogin.of(REFRESH)).toHaveLength(0);
  });

  test("is replaced before it expires, once for all calls", async () => {
    const { client, wxlogin } = await signedIn();
    await minutes(14);
    await inTime(Promise.all(Array.from({ length: 30 }, () => client.me())));
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
    // None of them went out with the old one.
    const sent = wxlogin.of("/v1/me").map(({ header }) => header["Authorization"]);
    expect(new Set(sent)).toEqual(new Set(["Bearer access-2 of session-1"]));
  });

  test("that is refused is replaced, and the call is repeated", async () => {
    const { client, wxlogin } = await signedIn();
    wxlogin.refuseTokens();
    await inTime(Promise.all(Array.from({ length: 30 }, () => client.me())));
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
    expect(wxlogin.of("/v1/me")).toHaveLength(60);
  });

  test("is not replaced for a late refusal of the one before", async () => {
    const { client, wxlogin } = await signedIn();
    wxlogin.next("/v1/me", { ...problem(401, "token_invalid"), after: 5_000 });
    const late = client.me();
    wxlogin.refuseTokens();
    await inTime(client.me());
    await inTime(late);
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
  });

  test("that is refused twice fails the call", async () => {
    const { client, wxlogin } = await signedIn();
    wxlogin.next("/v1/me", problem(401, "token_invalid"), problem(401, "token_invalid"));
    expect(await failureOf(client.me())).toMatchObject({ code: "token_invalid", status: 401 });
    expect(wxlogin.of("/v1/me")).toHaveLength(2);
  });
});

describe("a refresh", () => {
  test("whose answer was lost is sent again with the same token", async () => {
    const { client, wxlogin } = await signedIn();
    await minutes(14);
    wxlogin.next(REFRESH, "lost", "lost");
    await inTime(client.me());
    const tokens = wxlogin.of(REFRESH).map(({ data }) => data.refreshToken);
    expect(tokens).toEqual(["session-1 1", "session-1 1", "session-1 1"]);
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
  });

  test("uses each refresh token once", async () => {
    const { client, wxlogin } = await signedIn();
    for (let times = 0; times < 3; times++) {
      await minutes(20);
      await inTime(client.me());
    }
    const tokens = wxlogin.of(REFRESH).map(({ data }) => data.refreshToken);
    expect(tokens).toEqual(["session-1 1", "session-1 2", "session-1 3"]);
  });

  test("that fails fails the calls that wait for it, and keeps the session", async () => {
    const { client, wxlogin } = await signedIn();
    await minutes(14);
    wxlogin.next(REFRESH, problem(503, "store_unavailable", { "Retry-After": "5" }));
    const failures = await Promise.all([failureOf(client.me()), failureOf(client.sessions())]);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: "store_unavailable", retryAfter: 5 });
    }
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
    await inTime(client.me());
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
  });

  test.each(["refresh_token_invalid", "refresh_token_reused"])(
    "answered with %s leads to one login",
    async (code) => {
      const { client, wxlogin } = await signedIn();
      await minutes(14);
      wxlogin.next(REFRESH, problem(400, code));
      await inTime(Promise.all(Array.from({ length: 10 }, () => client.me())));
      expect(wxlogin.of(REFRESH)).toHaveLength(1);
      expect(wxlogin.of("/v1/login")).toHaveLength(2);
    },
  );

  test("of a user who is disabled tells so, and does not log in", async () => {
    const { client, wxlogin } = await signedIn();
    await minutes(14);
    wxlogin.next(REFRESH, problem(403, "user_disabled"));
    expect((await failureOf(client.me())).code).toBe("user_disabled");
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
  });

  test("and a login take turns", async () => {
    const { client, wxlogin } = await signedIn();
    await minutes(14);
    await inTime(Promise.all([client.me(), client.login(), client.me()]));
    const paths = wxlogin.calls.map(({ path }) => path);
    expect(paths.filter((path) => path === REFRESH)).toHaveLength(1);
    expect(paths.indexOf(REFRESH)).toBeLessThan(paths.lastIndexOf("/v1/login"));
    expect(wxlogin.isEnded("session-1")).toBe(true);
  });
});

describe("a clock that is set", () => {
  test("forward costs one refresh", async () => {
    const { client, wxlogin } = await signedIn();
    setClock(60 * 24 * 365);
    // wxlogin's clock has not jumped: the token held.
    wxlogin.next(REFRESH, ok({ accessToken: "new", refreshToken: "new", expiresIn: 900 }));
    wxlogin.next("/v1/me", ok({ id: "me" }), ok({ id: "me" }));
    await inTime(client.me());
    await inTime(client.me());
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
  });

  test("back costs one refusal", async () => {
    const { client, wxlogin } = await signedIn();
    setClock(-60 * 24 * 365);
    wxlogin.refuseTokens();
    await inTime(client.me());
    await inTime(client.me());
    expect(wxlogin.of("/v1/me")).toHaveLength(3);
    expect(wxlogin.of(REFRESH)).toHaveLength(1);
  });
});

test("a session that was ended elsewhere is followed by a new one", async () => {
  const { client, wxlogin } = await signedIn();
  wxlogin.endSessions();
  await inTime(client.me());
  expect(wxlogin.calls.map(({ path }) => path)).toEqual([
    "/v1/login", "/v1/me", REFRESH, "/v1/login", "/v1/me",
  ]);
});
