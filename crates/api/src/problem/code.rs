use poem::http::StatusCode;

macro_rules! problem_codes {
    ($($variant:ident, $code:literal, $status:ident, $title:literal;)*) => {
        /// The stable machine code of a failure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ProblemCode {
            $($variant,)*
        }

        impl ProblemCode {
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What programs read.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// What people read.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

problem_codes! {
    InvalidRequest, "invalid_request", BAD_REQUEST, "The request is not understood";
    LoginCodeInvalid, "login_code_invalid", BAD_REQUEST, "WeChat does not know this login code";
    PhoneCodeInvalid, "phone_code_invalid", BAD_REQUEST, "WeChat does not know this phone code of this person";
    OpenDataInvalid, "open_data_invalid", BAD_REQUEST, "This is not what WeChat encrypts or signs";
    ImageInvalid, "image_invalid", BAD_REQUEST, "This is not a picture that is taken here";
    RefreshTokenInvalid, "refresh_token_invalid", BAD_REQUEST, "The refresh token does not hold";
    RefreshTokenReused, "refresh_token_reused", BAD_REQUEST, "The refresh token has been used before";
    TokenInvalid, "token_invalid", UNAUTHORIZED, "The access token does not hold";
    ClientInvalid, "client_invalid", UNAUTHORIZED, "The API client is not known by these credentials";
    LoginBlockedByWechat, "login_blocked_by_wechat", FORBIDDEN, "WeChat blocks this person's login";
    SignUpClosed, "sign_up_closed", FORBIDDEN, "New people cannot sign up here";
    UserDisabled, "user_disabled", FORBIDDEN, "This user is disabled";
    AccountErasing, "account_erasing", FORBIDDEN, "This account is about to be erased";
    AvatarsDisabled, "avatars_disabled", FORBIDDEN, "No pictures are kept here";
    ReauthenticationRequired, "reauthentication_required", FORBIDDEN, "The person has to sign in again for this";
    InsufficientScope, "insufficient_scope", FORBIDDEN, "The API client may not do this";
    NotFound, "not_found", NOT_FOUND, "There is nothing at this address";
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "This address does not take this method";
    RequestTimeout, "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive";
    LoginCodeUsed, "login_code_used", CONFLICT, "This login code has been used";
    PhoneTaken, "phone_taken", CONFLICT, "The phone number belongs to another user";
    SessionKeyStale, "session_key_stale", CONFLICT, "The data is not under a session key that is known";
    PayloadTooLarge, "payload_too_large", PAYLOAD_TOO_LARGE, "The request is too large";
    UnsupportedMediaType, "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is of another media type than the one expected";
    MisdirectedRequest, "misdirected_request", MISDIRECTED_REQUEST, "This server does not answer for that host";
    IdempotencyKeyReused, "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The idempotency key was used with another request";
    RateLimited, "rate_limited", TOO_MANY_REQUESTS, "Too many requests";
    InternalError, "internal_error", INTERNAL_SERVER_ERROR, "Something is wrong with this service";
    WechatMisconfigured, "wechat_misconfigured", BAD_GATEWAY, "WeChat refuses this service";
    WechatUnavailable, "wechat_unavailable", SERVICE_UNAVAILABLE, "WeChat is not available";
    StoreUnavailable, "store_unavailable", SERVICE_UNAVAILABLE, "The database is not available";
}
