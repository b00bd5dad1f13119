import { createServer, type IncomingMessage, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { fetchPlatform, type Platform, uniPlatform, wxPlatform } from "../../src/index.js";
import { fakeWx } from "../support/fake-wx.js";

const PICTURE = "not really a picture";
const code = async () => "a code";

let server: Server;
let url: string;
let folder: string;

/** A server that echoes requests; /text returns plain text, and /hangs never responds. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    if (request.url === "/hangs") return;
    const { method, url, headers } = request;
    const body = await read(request);
    response.writeHead(207, { "X-Answer": "yes" });
    response.end(url === "/text" ? "in words" : JSON.stringify({ method, url, headers, body }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), "wxlogin-client-"));
  await writeFile(join(folder, "picture.png"), PICTURE);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

afterEach(() => void vi.unstubAllGlobals());

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  return text;
}

const PLATFORMS: [string, () => Platform, () => string][] = [
  ["wxPlatform", () => wxPlatform(fakeWx(code)), () => join(folder, "picture.png")],
  ["uniPlatform", () => uniPlatform(fakeWx(code)), () => join(folder, "picture.png")],
  ["fetchPlatform", () => fetchPlatform({ code }), () => `data:image/png,${encodeURI(PICTURE)}`],
];

describe.each(PLATFORMS)("%s", (_, make, picture) => {
  const send = (more: object) =>
    make().request({ url, method: "GET", header: {}, timeout: 5_000, ...more }).response;

  test("sends a JSON body and headers, and parses the response", async () => {
    const header = { authorization: "Bearer token" };
    const answer = await send({ method: "POST", header, data: { name: "小明" } });
    expect(answer).toMatchObject({
      statusCode: 207,
      data: {
        method: "POST",
        body: '{"name":"小明"}',
        headers: { authorization: "Bearer token", "content-type": "application/json" },
      },
    });
    expect(answer.header["x-answer"]).toBe("yes");
  });

  test("sends the data of a GET in the query", async () => {
    const answer = await send({ data: { a: "1 & 2", b: "3" } });
    expect(answer.data).toMatchObject({ method: "GET", body: "" });
    const query = new URL((answer.data as { url: string }).url, url).searchParams;
    expect(Object.fromEntries(query)).toEqual({ a: "1 & 2", b: "3" });
  });

  test("sends no body if there is none, and returns text as text", async () => {
    expect((await send({ method: "DELETE" })).data).toMatchObject({ method: "DELETE", body: "" });
    expect((await send({ url: `${url}/text` })).data).toBe("in words");
  });

  test("uploads a file as a form, and parses the response", async () => {
    const header = { authorization: "Bearer token" };
    const upload = { url, header, filePath: picture(), name: "file", timeout: 5_000 };
    const { statusCode, data } = await make().upload(upload).response;
    expect(statusCode).toBe(207);
    expect(data).toMatchObject({
      method: "POST",
      headers: {
        authorization: "Bearer token",
        "content-type": expect.stringMatching(/^multipart\/form-data; boundary=/),
      },
      body: expect.stringMatching(/name="file"; filename="[^]*not really a picture/),
    });
  });

  test("can be aborted, and fails if the server cannot be reached", async () => {
    const platform = make();
    const request = { method: "GET", header: {}, timeout: 5_000 } as const;
    const hanging = platform.request({ ...request, url: `${url}/hangs` });
    hanging.abort();
    await expect(hanging.response).rejects.toBeTruthy();
    const lost = platform.request({ ...request, url: "http://127.0.0.1:1" });
    await expect(lost.response).rejects.toBeTruthy();
  });

  test("stores strings, and returns a code and random bytes", async () => {
    const platform = make();
    const { storage } = platform;
    expect(storage.get("key") || undefined).toBeUndefined();
    storage.set("key", "text");
    expect(storage.get("key")).toBe("text");
    storage.remove("key");
    expect(storage.get("key") || undefined).toBeUndefined();

    expect(await platform.code(1_000)).toBe("a code");
    const [one, other] = [await platform.randomBytes(16), await platform.randomBytes(16)];
    expect(one).toHaveLength(16);
    expect(one).not.toEqual(other);
  });
});

test("uniPlatform uses the provider weixin, wxPlatform none", async () => {
  const asked: unknown[] = [];
  const api = fakeWx(code);
  const { login } = api;
  api.login = (options) => (asked.push(options.provider), login(options));
  await wxPlatform(api).code(1_000);
  await uniPlatform(api).code(1_000);
  expect(asked).toEqual([undefined, "weixin"]);
});

test("without uni.getRandomValues, crypto or Math.random is used", async () => {
  const api = { ...fakeWx(code), getRandomValues: undefined };
  const platform = uniPlatform(api as never);
  const seen = [await platform.randomBytes(16)];
  vi.stubGlobal("crypto", undefined);
  seen.push(await platform.randomBytes(16), await platform.randomBytes(16));
  expect(new Set(seen.map(String)).size).toBe(3);
});

test("fetchPlatform stores tokens in localStorage if there is one", () => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  fetchPlatform({ code }).storage.set("key", "text");
  expect(kept.get("key")).toBe("text");
  expect(fetchPlatform({ code }).storage.get("key")).toBe("text");
});
