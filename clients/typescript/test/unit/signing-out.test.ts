import { describe, expect, test } from "vitest";
import { controlTime, device, failureOf, inTime } from "../support/device.js";
import { ok } from "../support/fake-wxlogin.js";

controlTime();

describe("signing out", () => {
  test("ends the session, here and at wxlogin", async () => {
    const { client, wxlogin } = device();
    await inTime(client.login());
    await inTime(client.logout());
    expect(client.signedIn).toBe(false);
    expect(wxlogin.isEnded("session-1")).toBe(true);
  });

  test("holds until somebody signs in, also when the program starts again", async () => {
    const { client, restart, wxlogin } = device();
    await inTime(client.login());
    await inTime(client.logout());
    expect((await failureOf(client.me())).code).toBe("signed_out");
    const next = restart();
    expect((await failureOf(next.me())).code).toBe("signed_out");
    expect(wxlogin.of("/v1/login")).toHaveLength(1);
    await inTime(next.login());
    await inTime(next.me());
  });

  test("holds here even if wxlogin cannot be told", async () => {
    const { client, wxlogin } = device();
    await inTime(client.login());
    wxlogin.next("/v1/logout", "hangs", "hangs", "hangs");
    expect((await failureOf(client.logout())).code).toBe("timeout");
    expect(client.signedIn).toBe(false);
  });

  test("wins over a login under way", async () => {
    const { client, wxlogin } = device();
    await inTime(Promise.all([client.login(), client.logout()]));
    expect(client.signedIn).toBe(false);
    expect(wxlogin.isEnded("session-1")).toBe(true);
    expect((await failureOf(client.me())).code).toBe("signed_out");
  });

  test("wins over every login before it", async () => {
    const { client, wxlogin } = device();
    const [first, second] = [client.login(), client.login({ nickname: "小明" })];
    await inTime(first);
    await inTime(Promise.all([second, client.logout()]));
    expect(client.signedIn).toBe(false);
    expect(wxlogin.isEnded("session-2")).toBe(true);
  });

  test("loses to a login after it", async () => {
    const { client, wxlogin } = device();
    const all = [client.login(), client.logout(), client.login()];
    await inTime(Promise.all(all));
    expect(client.signedIn).toBe(true);
    expect(wxlogin.isEnded("session-1")).toBe(true);
    expect(wxlogin.isEnded("session-2")).toBe(false);
  });

  test("without a session asks nobody", async () => {
    const { client, wxlogin } = device();
    await inTime(client.logout());
    expect(wxlogin.calls).toEqual([]);
  });
});

test("whoever has erased the account is not signed up again by itself", async () => {
  const { client, wxlogin } = device();
  await inTime(client.login());
  wxlogin.next("/v1/me", ok({ erased: true }));
  expect(await inTime(client.deleteAccount())).toEqual({ erased: true });
  expect(wxlogin.of("/v1/me")[0]!.method).toBe("DELETE");
  expect((await failureOf(client.me())).code).toBe("signed_out");
  expect(wxlogin.of("/v1/login")).toHaveLength(1);
});
