import { type ErrorCode, isWxloginError } from "wxlogin-client";

import { hasText, t } from "../i18n";

/** The failures that a new attempt does not change: the account cannot be used on this device. */
const FINAL = new Set<string>([
  "user_disabled",
  "login_blocked_by_wechat",
  "sign_up_closed",
  "account_erasing",
  "signed_out",
] satisfies ErrorCode[]);

/** Returns the code of a `WxloginError`, or `other` for any other failure. */
export function errorCode(failure: unknown): string {
  return isWxloginError(failure) ? failure.code : "other";
}

/** Whether the user is not signed in any more, and trying again does not help. */
export function isFinal(code: string): boolean {
  return FINAL.has(code);
}

/** Returns the text to show the user for a code. */
export function problemText(code: string): string {
  const key = `problem.${code}`;
  return t(hasText(key) ? key : "problem.other");
}
