import { createInterface } from 'node:readline';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';

const [issuer, audience] = process.argv.slice(2);

// Both well-known documents must name the same keys.
const found = [];
for (const algorithm of ['oidc', 'oauth2']) {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, {
    algorithm,
    [oauth.allowInsecureRequests]: true,
  });
  found.push(await oauth.processDiscoveryResponse(url, response));
}
if (found[0].jwks_uri !== found[1].jwks_uri) throw new Error('The two discovery documents name different keys.');

// Without the library's cooldown of 30 seconds, an unknown key is fetched at once.
const keys = createRemoteJWKSet(new URL(found[0].jwks_uri), { cooldownDuration: 0 });

console.log('ready');
for await (const token of createInterface({ input: process.stdin })) {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience });
    console.log(`ok ${payload.sub}`);
  } catch (error) {
    console.log(`refused ${error.code ?? error.message}`);
  }
}
