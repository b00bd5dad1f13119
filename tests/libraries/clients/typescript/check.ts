import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { components, paths } from './wxlogin.js';

type Problem = components['schemas']['Problem'];

const [url = '', code = '', phoneCode = '', apiKey = ''] = process.argv.slice(2);
const anonymous = createClient<paths>({ baseUrl: url });

function bearer(token: string) {
  return createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
}

function refused(answer: { response: Response; error?: Problem }, status: number, code: string) {
  assert.equal(answer.response.status, status);
  assert.equal(answer.error?.status, status);
  assert.equal(answer.error.code, code);
}

const login = await anonymous.POST('/v1/login', { body: { code, nickname: '小明' } });
assert(login.data, login.error?.code);
const { user } = login.data;
assert.equal(login.data.isNewUser, true);
assert.equal(user.nickname, '小明');

const me = await bearer(login.data.accessToken).GET('/v1/me');
assert.deepEqual(me.data, user);

const refreshed = await anonymous.POST('/v1/token/refresh', {
  body: { refreshToken: login.data.refreshToken },
});
assert(refreshed.data, refreshed.error?.code);
assert(refreshed.data.expiresIn > 0);
const userClient = bearer(refreshed.data.accessToken);
assert.deepEqual((await userClient.GET('/v1/me')).data, user);

const bound = await userClient.POST('/v1/me/phone', { body: { code: phoneCode } });
assert.equal(bound.data?.id, user.id, bound.error?.code);
assert.equal(bound.data.phone?.countryCode, '86');

const form = {
  body: { token: refreshed.data.accessToken },
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
};
const introspection = await bearer(apiKey).POST('/v1/introspect', form);
assert.equal(introspection.data?.active, true, introspection.error?.code);
assert.equal(introspection.data.sub, user.id);

const unknown = await bearer('unknown.client').POST('/v1/introspect', form);
refused(unknown, 401, 'client_invalid');
assert.equal(unknown.error?.error, 'invalid_client');

refused(await anonymous.POST('/v1/login', { body: { code } }), 409, 'login_code_used');
refused(await bearer('no.such.token').GET('/v1/me'), 401, 'token_invalid');

assert.equal((await userClient.POST('/v1/logout', { body: {} })).response.status, 204);
refused(await userClient.GET('/v1/me'), 401, 'token_invalid');
