use poem::http::StatusCode;

macro_rules! problem_codes {
    ($($variant:ident, $code:literal, $status:ident, $title:literal;)*) => {
        /// The stable code of a failure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ProblemCode {
            $($variant,)*
        }

        impl ProblemCode {
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code, for programs.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// The title, for humans.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

problem_codes! {
    InvalidRequest, "invalid_request", BAD_REQUEST, "Invalid request";
    LoginCodeInvalid, "login_code_invalid", BAD_REQUEST, "The login code is invalid or expired";
    PhoneCodeInvalid, "phone_code_invalid", BAD_REQUEST, "The phone code is invalid or expired";
    OpenDataInvalid, "open_data_invalid", BAD_REQUEST, "The data is not from WeChat";
    ImageInvalid, "image_invalid", BAD_REQUEST, "Unsupported or damaged image";
    RefreshTokenInvalid, "refresh_token_invalid", BAD_REQUEST, "The refresh token is invalid or expired";
    RefreshTokenReused, "refresh_token_reused", BAD_REQUEST, "The refresh token has already been used";
    TokenInvalid, "token_invalid", UNAUTHORIZED, "The access token is invalid or expired";
    TokenMissing, "token_missing", UNAUTHORIZED, "The request has no access token";
    ClientInvalid, "client_invalid", UNAUTHORIZED, "Unknown API client or wrong secret";
    ClientExpired, "client_expired", UNAUTHORIZED, "The API client has expired";
    LoginBlockedByWechat, "login_blocked_by_wechat", FORBIDDEN, "WeChat blocks this user's login";
    SignUpClosed, "sign_up_closed", FORBIDDEN, "New users cannot sign up";
    UserDisabled, "user_disabled", FORBIDDEN, "The user is banned";
    AccountErasing, "account_erasing", FORBIDDEN, "The account is scheduled for deletion";
    AvatarsDisabled, "avatars_disabled", FORBIDDEN, "Avatar uploads are disabled";
    ReauthenticationRequired, "reauthentication_required", FORBIDDEN, "A recent sign-in is required";
    InsufficientScope, "insufficient_scope", FORBIDDEN, "The API client lacks the required scope";
    ClientAddressNotAllowed, "client_address_not_allowed", FORBIDDEN, "The API client may not call from this address";
    AppMismatch, "app_mismatch", FORBIDDEN, "The access token is for another app";
    NotFound, "not_found", NOT_FOUND, "Not found";
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    RequestTimeout, "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive";
    LoginCodeUsed, "login_code_used", CONFLICT, "The login code has already been used";
    UnionIdTaken, "union_id_taken", CONFLICT, "The unionid belongs to another user";
    PhoneTaken, "phone_taken", CONFLICT, "The phone number belongs to another user";
    PhoneUnavailable, "phone_unavailable", CONFLICT, "WeChat has no phone number for this user";
    SessionKeyStale, "session_key_stale", CONFLICT, "The session key is not valid any more";
    PayloadTooLarge, "payload_too_large", PAYLOAD_TOO_LARGE, "The request is too large";
    UnsupportedMediaType, "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type";
    MisdirectedRequest, "misdirected_request", MISDIRECTED_REQUEST, "This server does not serve the requested host";
    IdempotencyKeyReused, "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The idempotency key was used with another request";
    RateLimited, "rate_limited", TOO_MANY_REQUESTS, "Too many requests";
    InternalError, "internal_error", INTERNAL_SERVER_ERROR, "Internal error";
    WechatMisconfigured, "wechat_misconfigured", BAD_GATEWAY, "WeChat refuses this service";
    WechatUnavailable, "wechat_unavailable", SERVICE_UNAVAILABLE, "WeChat is not available";
    StoreUnavailable, "store_unavailable", SERVICE_UNAVAILABLE, "The database is not available";
}
