import { WxloginError } from "wxlogin-client";

import { hasText, t } from "../i18n";

/** A failure's code: that of wxlogin or of its client, or `other`. */
export function codeOf(failure: unknown): string {
  return failure instanceof WxloginError ? failure.code : "other";
}

/** What to tell the person about a failure. */
export function problemText(code: string): string {
  const key = `problem.${code}`;
  return t(hasText(key) ? key : "problem.other");
}
