import type { ProblemCode } from "./generated/problem-codes.js";

/** The codes of failures that wxlogin did not report. */
export type LocalCode =
  /** There was no response: no network, or the server cannot be reached. */
  | "network"
  /** There was no response in time. */
  | "timeout"
  /** The caller's `signal` was aborted. */
  | "cancelled"
  /** The response is not from wxlogin: a wrong `baseUrl`, a gateway or a captive portal. */
  | "unexpected_answer"
  /** `wx.login` returned no code. */
  | "login_code_unavailable"
  /** The user has signed out or deleted the account. Call `login` to sign in again. */
  | "signed_out"
  /** The user refused the request. No message is needed. */
  | "user_denied"
  /** WeChat returned no data, although the user did not refuse. */
  | "wechat_refused"
  /** The URL given to `request` has an origin that is not in `origins`. */
  | "origin_not_allowed";

/** Why a call failed. A newer wxlogin may return codes that this version does not list. */
export type ErrorCode = ProblemCode | LocalCode;

/** The error with which every call of this package fails. */
export class WxloginError extends Error {
  override readonly name = "WxloginError";

  constructor(
    /** The reason, for programs. */
    readonly code: ErrorCode,
    /** The reason, for developers. Show users your own text, chosen by `code`. */
    message: string = code,
    /** The HTTP status, if there was a response. */
    readonly status?: number,
    /** The number of seconds to wait before a retry, if the server returned it. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/**
 * Whether a value is a `WxloginError`. Unlike `instanceof`, this also works if the package is compiled
 * to ES5 or is present twice, for example in a subpackage.
 */
export function isWxloginError(value: unknown): value is WxloginError {
  return Object(value).name === "WxloginError";
}

/** Returns the platform's own text for a failure. */
export function reasonOf(failure: unknown): string | undefined {
  const { errMsg, message } = Object(failure) as { errMsg?: string; message?: string };
  return errMsg || message;
}
