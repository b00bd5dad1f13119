// Made from openapi.yaml by `npm run generate`. Do not edit.

/** What wxlogin answers when a call fails. */
export type ProblemCode =
  | "account_erasing"
  | "idempotency_key_reused"
  | "internal_error"
  | "invalid_request"
  | "login_blocked_by_wechat"
  | "login_code_invalid"
  | "login_code_used"
  | "not_found"
  | "open_data_invalid"
  | "payload_too_large"
  | "phone_code_invalid"
  | "phone_taken"
  | "rate_limited"
  | "reauthentication_required"
  | "refresh_token_invalid"
  | "refresh_token_reused"
  | "request_timeout"
  | "session_key_stale"
  | "sign_up_closed"
  | "store_unavailable"
  | "token_invalid"
  | "unsupported_media_type"
  | "user_disabled"
  | "wechat_misconfigured"
  | "wechat_unavailable";
