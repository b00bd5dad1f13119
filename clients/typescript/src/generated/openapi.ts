// Made from openapi.yaml by `npm run generate`. Do not edit.

export interface paths {
    "/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with a wx.login code · 微信登录
         * @description Exchanges the code with WeChat, creates the user at the first login, and starts a session.
         *     The login completes even if the client disconnects. wxlogin sends each code to WeChat only
         *     once: after a failure, retry with a new code. If only the response was lost, repeat the
         *     request with the same `Idempotency-Key`. `wxlogin dev` prints how to get codes for testing.
         */
        post: operations["logInV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/token/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange a refresh token for new tokens · 刷新令牌
         * @description A refresh token can be used once; the response has the next one. If the response was lost,
         *     the same token can be sent again for 30 seconds, as long as the new token has not been used.
         *     Any later reuse is treated as theft and ends the session.
         */
        post: operations["refreshTokenV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign out · 退出登录
         * @description Ends the session of the refresh token in the body. Without a refresh token, or if it is
         *     invalid, ends the session of the access token. It is no error if the session has already
         *     ended or if the only token is an invalid refresh token.
         */
        post: operations["logOutV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the signed-in user · 当前用户
         * @description Returns the user whom the access token belongs to, with the whole phone number.
         */
        get: operations["getMeV1"];
        put?: never;
        /**
         * Change nickname or avatar · 修改昵称或头像
         * @description Changes the fields that are sent and keeps the others; `null` removes a value. Unlike at
         *     login, a value that cannot be accepted is an error.
         */
        post: operations["changeMeV1"];
        /**
         * Delete the account · 注销账号
         * @description Ends every session and deletes the user and all of the user's data, either at once or at
         *     the end of the grace period that the operator has configured. The user must have signed in
         *     less than five minutes ago.
         */
        delete: operations["eraseMeV1"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the user's sessions · 已登录的设备
         * @description Lists the sessions that have not ended, most recently used first, with the names of their
         *     devices.
         */
        get: operations["listMySessionsV1"];
        put?: never;
        post?: never;
        /**
         * End all other sessions · 下线其他设备
         * @description Keeps the session of the access token. The user must have signed in less than five minutes
         *     ago.
         */
        delete: operations["endMyOtherSessionsV1"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one session · 下线一台设备
         * @description It may be the session of the access token itself. The session of another user is answered
         *     with `not_found`.
         */
        delete: operations["endMySessionV1"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/avatar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload an avatar · 上传头像
         * @description For the temporary file that `open-type="chooseAvatar"` returns: send it using
         *     `wx.uploadFile` with `name: "file"`. wxlogin converts a PNG, JPEG or WebP image to a JPEG of
         *     at most 512 pixels a side, without metadata, and sets the user's `avatarUrl` to its address.
         *     An animated image is refused, and other fields of the form (`formData`) are ignored. The
         *     previous image is deleted some minutes later. A user can upload one image at a time.
         */
        post: operations["uploadAvatarV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/phone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bind a phone number · 绑定手机号
         * @description Exchanges the code of the phone-number button with WeChat and sets the user's phone number,
         *     replacing the previous one. A code that WeChat gave to another user is refused, and so is a
         *     number that another user has. Binding completes even if the client disconnects; wxlogin
         *     sends each code to WeChat only once. A user who already has a phone number must have signed
         *     in less than five minutes ago.
         */
        post: operations["bindPhoneV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/phone/encrypted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bind an encrypted phone number · 绑定加密手机号（旧版）
         * @description Only for pages whose phone-number button returns no code (base library before 2.21.2), and
         *     only for apps with `encrypted_phone = true`. Send the data within 15 minutes. wxlogin asks
         *     WeChat to confirm that the data is genuine.
         */
        post: operations["bindEncryptedPhoneV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/open-data/decrypt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decrypt open data · 解密开放数据
         * @description Decrypts data that WeChat encrypted for the user with the session key of the latest login
         *     or, for one hour after that login, the previous session key. The watermark must name this
         *     app and be less than 15 minutes old. The result is not proof of a phone number: use
         *     `POST /v1/me/phone`.
         */
        post: operations["decryptOpenDataV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/open-data/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify signed open data · 校验开放数据签名
         * @description Checks that WeChat signed `rawData` for the user with the session key of the latest login
         *     or, for one hour after that login, the previous session key. A signature that matches
         *     neither is forged or was made with an older key: sign in again and ask WeChat for the data
         *     again.
         */
        post: operations["verifyOpenDataV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/session-key/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check the session key · 检查登录态
         * @description Asks WeChat whether the session key of the user's latest login is still valid. If it is
         *     not, call `wx.login` and sign in again before you ask WeChat for open data.
         */
        post: operations["checkSessionKeyV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Decrypted
         * @description The decrypted data.
         */
        Decrypted: {
            /**
             * @description The JSON text of an object with a `watermark`. It proves nothing: anyone who has WeChat's
             *     ciphertext can change what it decrypts to.
             * @example {"stepInfoList":[{"timestamp":1767225600,"step":100}],"watermark":{"appid":"wxdev0000000000001","timestamp":1767225600}}
             */
            data: string;
        };
        /**
         * EncryptedRequest
         * @description Data that WeChat encrypted with the session key.
         */
        EncryptedRequest: {
            /**
             * @description `encryptedData` from WeChat, unchanged: 16-byte blocks in base64.
             * @example CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrA=
             */
            encryptedData: string;
            /**
             * @description `iv` from WeChat, unchanged: 16 bytes in base64.
             * @example r7BXXKkLb8qrSNn05n0qiA==
             */
            iv: string;
        };
        /**
         * EndedSessions
         * @description The sessions that were ended.
         */
        EndedSessions: {
            /**
             * Format: int64
             * @description The number of sessions that were ended.
             * @example 2
             */
            ended: number;
        };
        /**
         * Erased
         * @description The result of an account deletion.
         */
        Erased: {
            /**
             * @description Whether the account is deleted. Otherwise it will be deleted later.
             * @example false
             */
            erased: boolean;
            /**
             * Format: date-time
             * @description When the account will be deleted. Until then, a login with `restore` cancels the deletion.
             * @example 2026-01-04T00:00:00+00:00
             */
            eraseAt?: string;
        };
        /**
         * LoginAnswer
         * @description A new session and its tokens.
         */
        LoginAnswer: {
            /**
             * @description The access token: a JWT signed with ES256 (RFC 7519).
             * @example eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIs…
             */
            accessToken: string;
            /**
             * @description Always `Bearer`: send it as `Authorization: Bearer …`.
             * @example Bearer
             */
            tokenType: string;
            /**
             * Format: int64
             * @description For how many seconds the access token is valid.
             * @example 900
             */
            expiresIn: number;
            /**
             * @description The token for `POST /v1/token/refresh`. Store it where no other program can read it.
             * @example AUkxbmQBmwAAcABwAIAAAAAAAAAC…
             */
            refreshToken: string;
            /**
             * Format: int64
             * @description For how many seconds the refresh token is valid. Each refresh returns a new refresh token with
             *     a new lifetime.
             * @example 2592000
             */
            refreshExpiresIn: number;
            /**
             * @description Whether this login created the user.
             * @example true
             */
            isNewUser: boolean;
            /** @description The signed-in user. */
            user: components["schemas"]["User"];
            /**
             * @description Why the phone number of `phoneCode` was not bound, as the problem code that
             *     `POST /v1/me/phone` would have returned. Absent if the number was bound or the request had no
             *     `phoneCode`. A repeated login has `phone_code_invalid` if the first attempt used the code;
             *     check `user.phone` then.
             * @example phone_taken
             */
            phoneProblem?: string;
        };
        /**
         * LoginRequest
         * @description A login with a `wx.login` code.
         */
        LoginRequest: {
            /**
             * @description The mini-program's AppID. Optional if only one app is configured.
             * @example wxdev0000000000001
             */
            appId?: string | null;
            /**
             * @description The code from `wx.login`. Valid once, for five minutes.
             * @example 0a3Xy7000lQ5bT1Yz9200WvK8g1Xy7Zs
             */
            code: string;
            /**
             * @description The user's nickname, at most 64 characters. Control characters and other invisible ones are
             *     removed. WeChat's placeholder `微信用户`, `null` and invalid values are ignored.
             * @example 小明
             */
            nickname?: string | null;
            /**
             * @description The `https` URL of the user's avatar, at most 1024 bytes. WeChat's grey default avatars, paths
             *     on the phone, URLs from `POST /v1/me/avatar` and invalid values are ignored.
             * @example https://cdn.example.com/avatars/xiaoming.png
             */
            avatarUrl?: string | null;
            /**
             * @description The code of the phone-number button. wxlogin binds its phone number to the user, like
             *     `POST /v1/me/phone`. The login succeeds even if that fails.
             * @example e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144
             */
            phoneCode?: string | null;
            /**
             * @description The name of the device for the user's list of sessions, at most 64 characters. Invalid values
             *     are ignored.
             * @example iPhone 17
             */
            device?: string | null;
            /**
             * @description Whether to cancel a requested account deletion. Without this, the login of a user who has
             *     requested deletion fails with `account_erasing`.
             * @example false
             */
            restore?: boolean | null;
        };
        /**
         * LogoutRequest
         * @description The session to end.
         */
        LogoutRequest: {
            /**
             * @description A refresh token of the session, current or old. Without it, the session of the access token
             *     ends.
             * @example AUkxbmQBmwAAcABwAIAAAAAAAAAC…
             */
            refreshToken?: string | null;
        };
        /**
         * OwnSession
         * @description One of the user's own sessions.
         */
        OwnSession: {
            /**
             * Format: uuid
             * @description The session's id.
             * @example 019b0000-7000-7000-8000-000000000002
             */
            id: string;
            /**
             * @description The AppID of the mini-program that the user signed in to.
             * @example wxdev0000000000001
             */
            appId: string;
            /**
             * @description The device name that the client sent, if any.
             * @example iPhone 17
             */
            device?: string;
            /**
             * Format: date-time
             * @description When the user signed in.
             * @example 2026-01-01T00:00:00+00:00
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the session was last refreshed.
             * @example 2026-01-02T00:00:00+00:00
             */
            lastUsedAt: string;
            /**
             * Format: date-time
             * @description When the session expires unless it is refreshed before.
             * @example 2026-02-01T00:00:00+00:00
             */
            expiresAt: string;
            /**
             * @description Whether this is the session of the access token.
             * @example true
             */
            current: boolean;
        };
        /**
         * OwnSessions
         * @description The user's own sessions.
         */
        OwnSessions: {
            /**
             * @description The sessions, most recently used first.
             * @example [
             *       {
             *         "id": "019b0000-7000-7000-8000-000000000002",
             *         "appId": "wxdev0000000000001",
             *         "device": "iPhone 17",
             *         "createdAt": "2026-01-01T00:00:00+00:00",
             *         "lastUsedAt": "2026-01-02T00:00:00+00:00",
             *         "expiresAt": "2026-02-01T00:00:00+00:00",
             *         "current": true
             *       }
             *     ]
             */
            sessions: components["schemas"]["OwnSession"][];
        };
        /**
         * Phone
         * @description A phone number. The user and API clients with the scope `phone` see the whole number; other API
         *     clients see it masked.
         */
        Phone: {
            /**
             * @description The digits of the country code, such as `86`.
             * @example 86
             */
            countryCode: string;
            /**
             * @description The digits of the national number, or `138****8000` if masked.
             * @example 13800138000
             */
            number: string;
        };
        /**
         * PhoneRequest
         * @description The result of the phone-number button.
         */
        PhoneRequest: {
            /**
             * @description The `code` from the button's event, which is not a `wx.login` code. Valid once, for five
             *     minutes.
             * @example e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144
             */
            code: string;
        };
        /**
         * Problem
         * @description Why a request failed (RFC 9457).
         */
        Problem: {
            /**
             * @description URI of the kind of problem. Equivalent to `code`.
             * @example urn:wxlogin:problem:login_code_used
             */
            type: string;
            /**
             * @description What went wrong, for humans.
             * @example The login code has already been used
             */
            title: string;
            /**
             * Format: int32
             * @description HTTP status.
             * @example 409
             */
            status: number;
            /**
             * @description What went wrong, for programs. Codes are stable; new ones may be added.
             * @example login_code_used
             */
            code: string;
            /**
             * @description What to do about it, for humans.
             * @example Call wx.login again and send the new code.
             */
            detail?: string;
        };
        /**
         * ProfileChange
         * @description A change of the user's profile. Omitted fields keep their values; `null` removes the value.
         */
        ProfileChange: {
            /**
             * @description The nickname: 1 to 64 characters, not WeChat's placeholder `微信用户`. Control characters and
             *     other invisible ones are removed first. `null` removes the nickname.
             * @example 小明
             */
            nickname?: string | null;
            /**
             * @description The `https` URL of the avatar, at most 1024 bytes, not WeChat's grey default avatar. Upload an
             *     image on the phone using `POST /v1/me/avatar`; of the URLs from there, only the user's
             *     current one is accepted. `null` removes the avatar.
             * @example https://cdn.example.com/avatars/xiaoming.png
             */
            avatarUrl?: string | null;
        };
        /**
         * RefreshAnswer
         * @description New tokens of the session.
         */
        RefreshAnswer: {
            /**
             * @description The access token: a JWT signed with ES256 (RFC 7519).
             * @example eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIs…
             */
            accessToken: string;
            /**
             * @description Always `Bearer`: send it as `Authorization: Bearer …`.
             * @example Bearer
             */
            tokenType: string;
            /**
             * Format: int64
             * @description For how many seconds the access token is valid.
             * @example 900
             */
            expiresIn: number;
            /**
             * @description The refresh token for the next refresh. The one that was sent can no longer be used.
             * @example AUkxbmQBmwAAcABwAIAAAAAAAAAC…
             */
            refreshToken: string;
            /**
             * Format: int64
             * @description For how many seconds the refresh token is valid.
             * @example 2592000
             */
            refreshExpiresIn: number;
        };
        /**
         * RefreshRequest
         * @description A request for new tokens.
         */
        RefreshRequest: {
            /**
             * @description The refresh token from the latest login or refresh.
             * @example AUkxbmQBmwAAcABwAIAAAAAAAAAC…
             */
            refreshToken: string;
        };
        /**
         * SignedRequest
         * @description Data that WeChat signed with the session key.
         */
        SignedRequest: {
            /**
             * @description `rawData` from WeChat, unchanged.
             * @example {"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}
             */
            rawData: string;
            /**
             * @description `signature` from WeChat, unchanged: 40 lower-case hexadecimal digits.
             * @example 75e81ceda165f4ffa64f4068af58c64b8f54b88c
             */
            signature: string;
        };
        /**
         * User
         * @description A user, as the user sees it.
         */
        User: {
            /**
             * Format: uuid
             * @description The user's id: a UUIDv7.
             * @example 019b0000-7000-7000-8000-000000000001
             */
            id: string;
            /**
             * @description The nickname, if known.
             * @example 小明
             */
            nickname?: string;
            /**
             * @description The URL of the avatar, if known.
             * @example https://cdn.example.com/avatars/xiaoming.png
             */
            avatarUrl?: string;
            /** @description The phone number, if one is bound. */
            phone?: components["schemas"]["Phone"];
            /**
             * Format: int32
             * @description The operator's own classification. 2 for a new user.
             * @example 2
             */
            userType: number;
            /**
             * Format: int32
             * @description 1 if the user is active, 0 if the user is banned.
             * @example 1
             */
            status: number;
            /**
             * Format: date-time
             * @description When the user first signed in.
             * @example 2026-01-01T00:00:00+00:00
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the user last signed in. Logins within an hour after this one do not change it.
             * @example 2026-01-02T00:00:00+00:00
             */
            lastLoginAt: string;
        };
        /**
         * Validity
         * @description Whether the session key is valid.
         */
        Validity: {
            /**
             * @description Whether the session key is valid.
             * @example true
             */
            valid: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    logInV1: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A random value for this login: 22 to 128 visible characters with at least 128 bits of
                 *     randomness. Repeating the same request with the same key within one minute returns the
                 *     same session.
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description The user is signed in. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginAnswer"];
                };
            };
            /** @description `invalid_request`: Invalid request. `login_code_invalid`: The login code is invalid or expired. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `login_blocked_by_wechat`: WeChat blocks this user's login. `sign_up_closed`: New users cannot sign up. `user_disabled`: The user is banned. `account_erasing`: The account is scheduled for deletion. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `login_code_used`: The login code has already been used. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Unsupported media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The idempotency key was used with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_misconfigured`: WeChat refuses this service. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_unavailable`: WeChat is not available. `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refreshTokenV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description The session continues with these tokens. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RefreshAnswer"];
                };
            };
            /** @description `invalid_request`: Invalid request. `refresh_token_invalid`: The refresh token is invalid or expired. `refresh_token_reused`: The refresh token has already been used. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Unsupported media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logOutV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["LogoutRequest"];
            };
        };
        responses: {
            /** @description Success. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Invalid request. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Unsupported media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMeV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user that the access token belongs to. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request`: Invalid request. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeMeV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileChange"];
            };
        };
        responses: {
            /** @description The user that the access token belongs to. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request`: Invalid request. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Unsupported media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseMeV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All sessions have ended, and the account is deleted or will be. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erased"];
                };
            };
            /** @description `invalid_request`: Invalid request. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. `reauthentication_required`: A recent sign-in is required. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMySessionsV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user's sessions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnSessions"];
                };
            };
            /** @description `invalid_request`: Invalid request. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endMyOtherSessionsV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All other sessions of the user have ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedSessions"];
                };
            };
            /** @description `invalid_request`: Invalid request. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. `reauthentication_required`: A recent sign-in is required. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endMySessionV1: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Invalid request. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    uploadAvatarV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description The image file. Its name and content type are ignored.
                     */
                    file: string;
                };
            };
        };
        responses: {
            /** @description The user that the access token belongs to. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request`: Invalid request. `image_invalid`: Unsupported or damaged image. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. `avatars_disabled`: Avatar uploads are disabled. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Unsupported media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    bindPhoneV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PhoneRequest"];
            };
        };
        responses: {
            /** @description The user that the access token belongs to. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request`: Invalid request. `phone_code_invalid`: The phone code is invalid or expired. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. `reauthentication_required`: A recent sign-in is required. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `phone_taken`: The phone number belongs to another user. `phone_unavailable`: WeChat has no phone number for this user. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Unsupported media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_misconfigured`: WeChat refuses this service. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. `wechat_unavailable`: WeChat is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    bindEncryptedPhoneV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EncryptedRequest"];
            };
        };
        responses: {
            /** @description The user that the access token belongs to. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request`: Invalid request. `open_data_invalid`: The data is not from WeChat. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. `reauthentication_required`: A recent sign-in is required. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `session_key_stale`: The session key is not valid any more. `phone_taken`: The phone number belongs to another user. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Unsupported media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_misconfigured`: WeChat refuses this service. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. `wechat_unavailable`: WeChat is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decryptOpenDataV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EncryptedRequest"];
            };
        };
        responses: {
            /** @description The decrypted data. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decrypted"];
                };
            };
            /** @description `invalid_request`: Invalid request. `open_data_invalid`: The data is not from WeChat. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `session_key_stale`: The session key is not valid any more. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Unsupported media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyOpenDataV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignedRequest"];
            };
        };
        responses: {
            /** @description Success. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Invalid request. `open_data_invalid`: The data is not from WeChat. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `session_key_stale`: The session key is not valid any more. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Unsupported media type. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    checkSessionKeyV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether the session key is valid. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Validity"];
                };
            };
            /** @description `invalid_request`: Invalid request. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token is invalid or expired. `token_missing`: The request has no access token. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 9110). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: The user is banned. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_misconfigured`: WeChat refuses this service. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_unavailable`: The database is not available. `wechat_unavailable`: WeChat is not available. */
            503: {
                headers: {
                    /** @description Seconds to wait before retrying. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
