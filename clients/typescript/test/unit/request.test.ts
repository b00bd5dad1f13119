import { describe, expect, test } from "vitest";
import { controlTime, device, errorOf, settle, advanceMinutes } from "../support/device.js";
import { BASE_URL } from "../support/fake-platform.js";

controlTime();

const ORDERS = "https://api.example.com/orders";
const origins = ["https://api.example.com", "http://127.0.0.1:3000/"];

describe("a request to a back end", () => {
  test("sends the token and returns the response unchanged", async () => {
    const { client, wxlogin } = device({ origins });
    wxlogin.next(ORDERS, { statusCode: 418, header: { "X-Tea": "oolong" }, data: { pot: 1 } });
    const answer = await settle(
      client.request({ url: ORDERS, method: "PUT", data: { a: 1 }, header: { "X-Trace": "7" } }),
    );
    expect(answer).toEqual({ statusCode: 418, header: { "X-Tea": "oolong" }, data: { pot: 1 } });
    expect(wxlogin.of(ORDERS)).toMatchObject([
      {
        method: "PUT",
        data: { a: 1 },
        header: { "X-Trace": "7", Authorization: "Bearer access-1 of session-1" },
      },
    ]);
  });

  test("waits for a refresh shared with other calls", async () => {
    const { client, wxlogin } = device({ origins });
    await settle(client.login());
    await advanceMinutes(14);
    const both = [client.request({ url: ORDERS }), client.request({ url: ORDERS })];
    await settle(Promise.all(both));
    expect(wxlogin.of("/v1/token/refresh")).toHaveLength(1);
    for (const { header } of wxlogin.of(ORDERS)) {
      expect(header["Authorization"]).toBe("Bearer access-2 of session-1");
    }
  });

  test("is retried once after a 401, and a second 401 is returned", async () => {
    const { client, wxlogin } = device({ origins });
    wxlogin.next(ORDERS, { statusCode: 401 }, { statusCode: 200 });
    expect((await settle(client.request({ url: ORDERS }))).statusCode).toBe(200);
    wxlogin.next(ORDERS, { statusCode: 401 }, { statusCode: 401, data: "who?" });
    expect(await settle(client.request({ url: ORDERS }))).toMatchObject({ statusCode: 401, data: "who?" });
    expect(wxlogin.of(ORDERS)).toHaveLength(4);
  });

  test("without a response fails", async () => {
    const { client, wxlogin } = device({ origins });
    wxlogin.next(ORDERS, "lost");
    expect((await errorOf(client.request({ url: ORDERS }))).code).toBe("network");
    expect(wxlogin.of(ORDERS)).toHaveLength(1);
  });
});

describe("the token is sent", () => {
  test.each([
    ORDERS,
    "HTTPS://API.example.com/orders",
    "https://api.example.com:443/orders",
    "https://api.example.com?page=2",
    "https://api.example.com#top",
    "https://api.example.com",
    "http://127.0.0.1:3000/",
    `${BASE_URL}/anything`,
  ])("to %s", async (url) => {
    const { client, wxlogin } = device({ origins });
    await settle(client.login());
    await settle(client.request({ url }));
    expect(wxlogin.calls).toHaveLength(2);
  });

  test.each([
    "https://evil.example/orders",
    "http://api.example.com/orders",
    "https://api.example.com:8443/orders",
    "https://api.example.com.evil.example/",
    "https://api.example.com@evil.example/",
    "https://api.example.com:443@evil.example/",
    "https://api.example.com\\@evil.example/",
    "https://api.example.com\\.evil.example/",
    "https://api.exam\tple.com.evil.example/",
    "https://evil.example/?https://api.example.com/",
    "https://evil.example#https://api.example.com/",
    " https://api.example.com/",
    "https:api.example.com/",
    "https:///api.example.com/",
    "//api.example.com/orders",
    "/orders",
    "",
  ])("not to %s", async (url) => {
    const { client, wxlogin } = device({ origins });
    await settle(client.login());
    expect((await errorOf(client.request({ url }))).code).toBe("origin_not_allowed");
    expect(wxlogin.calls).toHaveLength(1);
  });

  test("nowhere by mistake: an invalid origin is rejected by the constructor", () => {
    expect(() => device({ origins: ["api.example.com"] })).toThrow("api.example.com");
    expect(() => device({ baseUrl: "login.example.com" })).toThrow("login.example.com");
  });
});
