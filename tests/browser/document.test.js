import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { startWxlogin } from "./wxlogin.js";

const LIMIT = { timeout: 60_000 };

describe("the documentation files", () => {
  let wxlogin;

  before(async () => { wxlogin = await startWxlogin(); }, LIMIT);
  after(async () => { await wxlogin?.stop(); }, LIMIT);

  for (const path of ["/docs", "/openapi.json", "/openapi.yaml"]) {
    test(`${path} is compressed`, LIMIT, async () => {
      const plain = await get(wxlogin, path);
      const compressed = await get(wxlogin, path, { "accept-encoding": "gzip" });

      assert.equal(plain.headers["content-encoding"], undefined);
      assert.equal(compressed.headers["content-encoding"], "gzip");
      assert.deepEqual(gunzipSync(compressed.body), plain.body);
      assert.ok(
        compressed.body.length * 2.5 < plain.body.length,
        `${compressed.body.length} of ${plain.body.length} bytes`,
      );
    });

    test(`${path} is not sent again while it is unchanged`, LIMIT, async () => {
      const first = await get(wxlogin, path, { "accept-encoding": "gzip" });
      const { etag } = first.headers;
      assert.ok(etag);

      const same = await get(wxlogin, path, { "accept-encoding": "gzip", "if-none-match": etag });
      assert.equal(same.status, 304);
      assert.equal(same.body.length, 0);
      assert.equal(same.headers.etag, etag);

      const other = await get(wxlogin, path, { "if-none-match": '"something-else"' });
      assert.equal(other.status, 200);
    });
  }
});

/** Returns the bytes as received; `fetch` would decompress them. */
function get({ api }, path, headers = {}) {
  return new Promise((resolve, reject) => {
    request(`${api}${path}`, { headers, agent: false }, async (response) => {
      try {
        const body = Buffer.concat(await response.toArray());
        resolve({ status: response.statusCode, headers: response.headers, body });
      } catch (error) {
        reject(error);
      }
    }).on("error", reject).end();
  });
}
