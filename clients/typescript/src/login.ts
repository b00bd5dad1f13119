import { endpoint } from "./endpoint.js";
import { type ErrorCode, reasonOf, WxloginError } from "./errors.js";
import type { components } from "./generated/openapi.js";
import { type Http, success } from "./http.js";
import type { Platform } from "./platform.js";
import { repeatWhenLost } from "./repeat.js";
import { within } from "./within.js";

export type LoginAnswer = components["schemas"]["LoginAnswer"];
/** What a login says besides its code. */
export type LoginDetails = Omit<components["schemas"]["LoginRequest"], "code">;

/** How long `wx.login` may take, in milliseconds. */
const CODE_TIMEOUT = 10_000;

/** The failures that a new code helps against. */
const NEW_CODE: ErrorCode[] = ["login_code_used", "login_code_invalid"];

/**
 * Signs in with a new code; with a second one if wxlogin has no use for the first. `key` is what the
 * login went by.
 *
 * When an answer is lost, the same code goes out again under the same key: if wxlogin has signed the
 * person in already, it answers with that session. Where it cannot, it says that the code is used.
 */
export async function logIn(
  http: Http,
  platform: Platform,
  details: LoginDetails,
): Promise<{ answer: LoginAnswer; key: string }> {
  for (let tries = 1; ; tries++) {
    const code = await newCode(platform);
    const key = hex(await platform.randomBytes(16));
    const request = endpoint("post", "/v1/login", { ...details, code });
    const send = async () => success<LoginAnswer>(await http.call(request, { "Idempotency-Key": key }));
    try {
      return { answer: await repeatWhenLost(send), key };
    } catch (error) {
      if (tries === 2 || !NEW_CODE.includes((error as WxloginError).code)) throw error;
    }
  }
}

async function newCode(platform: Platform): Promise<string> {
  let reason: string | undefined;
  try {
    const code = await within({ timeout: CODE_TIMEOUT }, () => platform.code(CODE_TIMEOUT));
    if (code) return code;
  } catch (failure) {
    reason = reasonOf(failure);
  }
  throw new WxloginError("login_code_unavailable", reason);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
}
