import { endpoint } from "./endpoint.js";
import { type ErrorCode, reasonOf, WxloginError } from "./errors.js";
import type { components } from "./generated/openapi.js";
import { type Http, success } from "./http.js";
import type { Platform } from "./platform.js";
import { retryIfLost } from "./retry.js";
import { withLimits } from "./limits.js";

export type LoginAnswer = components["schemas"]["LoginAnswer"];
/** The parameters of a login other than its code. */
export type LoginDetails = Omit<components["schemas"]["LoginRequest"], "code">;

/** The timeout of `wx.login` in milliseconds. */
const CODE_TIMEOUT = 10_000;

/** The failures after which a new code helps. */
const NEEDS_NEW_CODE: ErrorCode[] = ["login_code_used", "login_code_invalid"];

/**
 * Signs in with a new code, and with a second one if wxlogin rejects the first. Returns the response
 * and the idempotency key of the login.
 *
 * If a response is lost, the same code is sent again with the same key. If wxlogin has already signed
 * the user in, it returns that session, or, if it no longer can, `login_code_used`.
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
      return { answer: await retryIfLost(send), key };
    } catch (error) {
      if (tries === 2 || !NEEDS_NEW_CODE.includes((error as WxloginError).code)) throw error;
    }
  }
}

async function newCode(platform: Platform): Promise<string> {
  let reason: string | undefined;
  try {
    const code = await withLimits({ timeout: CODE_TIMEOUT }, () => platform.code(CODE_TIMEOUT));
    if (code) return code;
  } catch (failure) {
    reason = reasonOf(failure);
  }
  throw new WxloginError("login_code_unavailable", reason);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
}
