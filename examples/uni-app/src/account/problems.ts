import { WxloginError } from "wxlogin-client";

import { hasText, t } from "../i18n";

/** Returns the code of a `WxloginError`, or `other` for any other failure. */
export function errorCode(failure: unknown): string {
  return failure instanceof WxloginError ? failure.code : "other";
}

/** Returns the text to show the user for a code. */
export function problemText(code: string): string {
  const key = `problem.${code}`;
  return t(hasText(key) ? key : "problem.other");
}
