import type { ProblemCode } from "./generated/problem-codes.js";

/** What goes wrong before wxlogin has answered, or without it. */
export type LocalCode =
  /** No answer came: no network, or a server that cannot be reached. */
  | "network"
  /** No answer came in time. */
  | "timeout"
  /** The caller's `signal` was aborted. */
  | "cancelled"
  /** Something answered that is not wxlogin: a wrong `baseUrl`, a gateway, a captive portal. */
  | "unexpected_answer"
  /** `wx.login` gave no code. */
  | "login_code_unavailable"
  /** The person has signed out or erased the account; `login` signs in again. */
  | "signed_out"
  /** The person did not give what was asked for: show nothing, and let them go on. */
  | "user_denied"
  /** WeChat gave the page nothing, for another reason than the person's own. */
  | "wechat_refused"
  /** `request` was to send the access token to an origin that is not in `origins`. */
  | "origin_not_allowed";

/** Why a call failed. A newer wxlogin may answer codes that this version does not list. */
export type ErrorCode = ProblemCode | LocalCode;

/** Every failure of this package. */
export class WxloginError extends Error {
  override readonly name = "WxloginError";

  constructor(
    /** What went wrong, for programs. */
    readonly code: ErrorCode,
    /** What went wrong, for developers. Show people words of your own, chosen by `code`. */
    message: string = code,
    /** The HTTP status, if there was an answer. */
    readonly status?: number,
    /** After how many seconds a next try makes sense, if the server said so. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Why something of a platform's has failed, in the words of the platform. */
export function reasonOf(failure: unknown): string | undefined {
  const { errMsg, message } = Object(failure) as { errMsg?: string; message?: string };
  return errMsg || message;
}
