import { describe, expect, test } from "vitest";
import { controlTime, device, errorOf, settle } from "../support/device.js";
import { ok } from "../support/fake-wxlogin.js";

controlTime();

describe("signing out", () => {
  test("ends the session on the device and on the server", async () => {
    const { client, wxlogin } = device();
    await settle(client.login());
    await settle(client.logout());
    expect(client.signedIn).toBe(false);
    expect(wxlogin.isEnded("session-1")).toBe(true);
  });

  test("lasts until the next login, even after a restart", async () => {
    const { client, restart, wxlogin } = device();
    await settle(client.login());
    await settle(client.logout());
    expect((await errorOf(client.me())).code).toBe("signed_out");
    const next = restart();
    expect((await errorOf(next.me())).code).toBe("signed_out");
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
    await settle(next.login());
    await settle(next.me());
  });

  test("takes effect on the device even if wxlogin cannot be reached", async () => {
    const { client, wxlogin } = device();
    await settle(client.login());
    wxlogin.next("/v1/logout", "hangs", "hangs", "hangs");
    expect((await errorOf(client.logout())).code).toBe("timeout");
    expect(client.signedIn).toBe(false);
  });

  test("wins over a login in progress", async () => {
    const { client, wxlogin } = device();
    await settle(Promise.all([client.login(), client.logout()]));
    expect(client.signedIn).toBe(false);
    expect(wxlogin.isEnded("session-1")).toBe(true);
    expect((await errorOf(client.me())).code).toBe("signed_out");
  });

  test("wins over every earlier login", async () => {
    const { client, wxlogin } = device();
    const [first, second] = [client.login(), client.login({ nickname: "小明" })];
    await settle(first);
    await settle(Promise.all([second, client.logout()]));
    expect(client.signedIn).toBe(false);
    expect(wxlogin.isEnded("session-2")).toBe(true);
  });

  test("is undone by a later login", async () => {
    const { client, wxlogin } = device();
    const all = [client.login(), client.logout(), client.login()];
    await settle(Promise.all(all));
    expect(client.signedIn).toBe(true);
    expect(wxlogin.isEnded("session-1")).toBe(true);
    expect(wxlogin.isEnded("session-2")).toBe(false);
  });

  test("without a session sends no request", async () => {
    const { client, wxlogin } = device();
    await settle(client.logout());
    expect(wxlogin.calls).toEqual([]);
  });
});

test("after account deletion the user is not signed up again silently", async () => {
  const { client, wxlogin } = device();
  await settle(client.login());
  wxlogin.next("/v1/me", ok({ erased: true }));
  expect(await settle(client.deleteAccount())).toEqual({ erased: true });
  expect(wxlogin.of("/v1/me")[0]!.method).toBe("DELETE");
  expect((await errorOf(client.me())).code).toBe("signed_out");
  expect(wxlogin.of("/v1/login")).toHaveLength(1);
});
