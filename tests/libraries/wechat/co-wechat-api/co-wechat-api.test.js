// Tests co-wechat-api against the simulated WeChat.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { beforeEach, test } from "node:test";

import API from "co-wechat-api";

const { WECHAT_SIM_URL: sim, WECHAT_APP_ID: appId, WECHAT_APP_SECRET: secret } = process.env;
const { WECHAT_OTHER_APP_SECRET: otherSecret } = process.env;

/** A client of the simulator. `token` is an access token that it has from an earlier run. */
function client({ token, appSecret = secret } = {}) {
  const api = new API(appId, appSecret);
  for (const prefix of Object.keys(api).filter((name) => /prefix$/i.test(name))) {
    api[prefix] = sim + new URL(api[prefix]).pathname;
  }
  if (token !== undefined) api.store = { accessToken: token, expireTime: Date.now() + 3600_000 };
  return api;
}

/** Sends a request to the simulator's control API. */
async function control(method, path, body) {
  const response = await fetch(sim + path, { method, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, text);
  return text && JSON.parse(text);
}

/** Asserts that WeChat refuses a call. */
const refused = (call, code, message) =>
  assert.rejects(call, (error) => {
    assert.equal(error.name, "WeChatAPIError");
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });

// The calls that the library does not have.
API.mixin({
  async getUserPhoneNumber(code) {
    const { accessToken } = await this.ensureAccessToken();
    return this.request(`${this.wxaPrefix}business/getuserphonenumber?access_token=${accessToken}`, {
      method: "POST",
      data: JSON.stringify({ code }),
    });
  },
  async sessionKey(call, openid, signature) {
    const { accessToken } = await this.ensureAccessToken();
    const query = new URLSearchParams({
      access_token: accessToken, openid, signature, sig_method: "hmac_sha256",
    });
    return this.request(`${this.wxaPrefix}${call}?${query}`);
  },
});

const phoneCode = async () => (await control("POST", "/sim/phone-codes", { appId })).code;

async function signIn() {
  const { code } = await control("POST", "/sim/codes", { appId });
  return client().code2Session(code);
}

/** The signature of the empty string: the key's text signs. */
const sign = (sessionKey) => createHmac("sha256", sessionKey).update("").digest("hex");

beforeEach(() => control("DELETE", "/sim"));

test("a code is exchanged once", async () => {
  const made = await control("POST", "/sim/codes", { appId, unionid: "u-alice" });
  const session = await client().code2Session(made.code);
  assert.equal(session.openid, made.openid);
  assert.equal(session.unionid, "u-alice");
  await refused(client().code2Session(made.code), 40163, /^code been used, rid: /);
  await refused(client().code2Session("unknown"), 40029, /^invalid code, rid: /);
});

test("escaped slashes are read", async () => {
  await control("PUT", "/sim/faults", [{ call: "code2session", fault: "escapedSlashes" }]);
  const session = await signIn();
  const { people } = await control("GET", "/sim/people");
  assert.equal(session.session_key, people[0].sessionKey);
});

test("a wrong secret is refused", async () => {
  const wrong = client({ appSecret: otherSecret });
  await refused(wrong.ensureAccessToken(), 40125, /^invalid appsecret rid: /);
});

test("an expired, superseded or invented token is renewed", async () => {
  for (const token of ["invented", "98_invented"]) {
    const api = client({ token });
    const answer = await api.getUserPhoneNumber(await phoneCode());
    assert.equal(answer.errmsg, "ok");
    assert.notEqual(api.store.accessToken, token);
  }
  const api = client();
  for (const seconds of [7300, 301]) {
    const { accessToken } = await api.ensureAccessToken();
    if (seconds === 301) await client().ensureAccessToken();
    await control("POST", "/sim/clock", { advanceSeconds: seconds });
    assert.equal((await api.getUserPhoneNumber(await phoneCode())).errmsg, "ok");
    assert.notEqual(api.store.accessToken, accessToken);
  }
  const { calls } = await control("GET", "/sim/calls");
  const errcodes = calls.filter(({ call }) => call === "getuserphonenumber");
  assert.deepEqual(errcodes.map(({ outcome }) => outcome.errcode), [40001, 0, 40001, 0, 42001, 0, 40001, 0]);
});

test("a phone code works once", async () => {
  const api = client();
  const code = await phoneCode();
  const { phone_info: info } = await api.getUserPhoneNumber(code);
  assert.match(info.purePhoneNumber, /^1\d{10}$/);
  assert.equal(info.watermark.appid, appId);
  await refused(api.getUserPhoneNumber(code), 40029, /^invalid code hint: \[.+\] rid: /);
});

test("session keys are checked and reset", async () => {
  const api = client();
  const { openid, session_key: old } = await signIn();
  assert.equal((await api.sessionKey("checksession", openid, sign(old))).errcode, 0);
  for (const wrong of [sign("another"), sign(old).toUpperCase(), old]) {
    await refused(api.sessionKey("checksession", openid, wrong), 87009, /^invalid signature rid: /);
  }
  const reset = await api.sessionKey("resetusersessionkey", openid, sign(old));
  await refused(api.sessionKey("checksession", openid, sign(old)), 87009, /^invalid signature rid: /);
  assert.equal((await api.sessionKey("checksession", openid, sign(reset.session_key))).errcode, 0);
});

test("a call that the simulator does not have is an error code", async () => {
  await refused(client().createWXAQRCode("index"), 40066, /^invalid url rid: /);
});
