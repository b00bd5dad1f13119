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
         * @description Asks WeChat whom the code stands for, makes the user at the first login, and opens a
         *     session. The login runs to its end even if the caller hangs up. A code is sent to WeChat
         *     once: whatever fails, the next try needs a new code. A login whose answer was lost can be
         *     repeated with its `Idempotency-Key`. `wxlogin dev` prints where codes to try this with come
         *     from.
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
         * @description A refresh token is used once and replaced by the one in the answer. When the answer was lost
         *     the same token can be sent again for half a minute, as long as the new one was not used. Any
         *     later use means that somebody else has the token: the session ends.
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
         * @description Ends the session of the refresh token in the body or, without one, that of the access token.
         *     A session that has ended already is no error, and neither is a refresh token that does not
         *     hold: it does not hold afterwards either.
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
        /** Show the signed-in user · 当前用户 */
        get: operations["getMeV1"];
        put?: never;
        /**
         * Change nickname or avatar · 修改昵称或头像
         * @description Changes what is given and leaves the rest. Unlike at a login, what is not acceptable is an
         *     error here.
         */
        post: operations["changeMeV1"];
        /**
         * Erase the account · 注销账号
         * @description Ends every session and erases the user with everything that is known about them, at once or,
         *     where the operator has set a time to think it over, when that is over. The person has to have
         *     signed in less than five minutes ago.
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
        /** List the sessions · 已登录的设备 */
        get: operations["listMySessionsV1"];
        put?: never;
        post?: never;
        /**
         * End all other sessions · 下线其他设备
         * @description Leaves the token's own session. The person has to have signed in less than five minutes ago.
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
         * @description It can be the token's own. A session of somebody else is not found.
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
         * @description For what `open-type="chooseAvatar"` gives, which is a path on the phone: `wx.uploadFile` sends
         *     it with `name: "file"`. A PNG, JPEG or WebP becomes a JPEG of at most 512 pixels a side with
         *     nothing in it but the picture, and the user's `avatarUrl` is where that is shown. The picture
         *     before goes a while later. A user uploads one picture at a time.
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
         * @description Asks WeChat which number the code of the phone-number button stands for, and gives it to the
         *     user in place of the one before. A code of somebody else is refused, and so is a number that
         *     another user has. Binding runs to its end even if the caller hangs up, and a code is sent to
         *     WeChat once. Whoever has a number already has to have signed in less than five minutes ago.
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
         * @description For pages whose phone-number button gives no code yet (base libraries before 2.21.2), and for
         *     apps with `encrypted_phone = true` only. Takes what the button gave less than a quarter of an
         *     hour ago, if WeChat says that it made it.
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
         * @description Opens what WeChat encrypted for the person under the session key of the latest login, or of
         *     the one before for an hour. Its watermark has to name this app and be less than a quarter of
         *     an hour old. A phone number that comes this way proves nothing: `POST /v1/me/phone` does.
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
         * @description Makes sure that WeChat signed `rawData` for the person, with the session key of the latest
         *     login or, for an hour, of the one before. A signature that neither key made may be a forgery
         *     or of an older key: sign in again and ask WeChat anew.
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
         * @description Asks WeChat whether the session key of the person's latest login is still the valid one. If
         *     not, the page should call `wx.login` and sign in again before it asks WeChat for open data.
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
         * @description What was encrypted.
         */
        Decrypted: {
            /**
             * @description The JSON text that WeChat encrypted, an object with a `watermark`. It is no proof of
             *     anything: whoever has a ciphertext of WeChat's can bend it.
             * @example {"stepInfoList":[{"timestamp":1767225600,"step":100}],"watermark":{"appid":"wxdev0000000000001","timestamp":1767225600}}
             */
            data: string;
        };
        /**
         * EncryptedRequest
         * @description What WeChat gave to the page under the session key.
         */
        EncryptedRequest: {
            /**
             * @description `encryptedData` as it came, in base64.
             * @example CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZM…
             */
            encryptedData: string;
            /**
             * @description `iv` as it came, in base64.
             * @example r7BXXKkLb8qrSNn05n0qiA==
             */
            iv: string;
        };
        /**
         * EndedSessions
         * @description Sessions have ended.
         */
        EndedSessions: {
            /**
             * Format: int64
             * @description How many there were.
             * @example 2
             */
            ended: number;
        };
        /**
         * Erased
         * @description What became of the account.
         */
        Erased: {
            /**
             * @description Whether everything is gone. Otherwise the account will be erased later.
             * @example false
             */
            erased: boolean;
            /**
             * Format: date-time
             * @description Until when a login with `restore` keeps the account.
             * @example 2026-01-04T00:00:00+00:00
             */
            eraseAt?: string;
        };
        /**
         * LoginAnswer
         * @description A session has begun.
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
             * @description How many seconds the access token holds.
             * @example 900
             */
            expiresIn: number;
            /**
             * @description What `POST /v1/token/refresh` takes. Keep it where no other program can read it.
             * @example AUkxbmQBmwAAcABwAIAAAAAAAAAC…
             */
            refreshToken: string;
            /**
             * Format: int64
             * @description How many seconds the refresh token holds; whenever it is used, the next one holds anew.
             * @example 2592000
             */
            refreshExpiresIn: number;
            /**
             * @description Whether this login made the user.
             * @example true
             */
            isNewUser: boolean;
            /** @description Who is signed in. */
            user: components["schemas"]["User"];
            /**
             * @description Why the number of `phoneCode` was not bound, as the problem code that `POST /v1/me/phone`
             *     would have answered; absent if it was bound, or none was to be. A login that is repeated says
             *     `phone_code_invalid` when the first try has used the code; `user.phone` shows what holds.
             * @example phone_taken
             */
            phoneProblem?: string;
        };
        /**
         * LoginRequest
         * @description What a mini-program sends after `wx.login`.
         */
        LoginRequest: {
            /**
             * @description The mini-program's AppID. May be left out when the service knows one app.
             * @example wxdev0000000000001
             */
            appId?: string;
            /**
             * @description The code `wx.login` gave. It works once, for five minutes.
             * @example 0a3Xy7000lQ5bT1Yz9200WvK8g1Xy7Zs
             */
            code: string;
            /**
             * @description What the person wants to be called, at most 64 characters. WeChat's placeholder `微信用户`
             *     and anything unacceptable is ignored.
             * @example 小明
             */
            nickname?: string;
            /**
             * @description An `https` address of the person's picture, at most 1024 bytes. WeChat's grey default,
             *     paths on the phone, what `POST /v1/me/avatar` made and anything unacceptable is ignored.
             * @example https://cdn.example.com/avatars/xiaoming.png
             */
            avatarUrl?: string;
            /**
             * @description The code of the phone-number button: the number it stands for is bound to the person, as
             *     `POST /v1/me/phone` does. The login holds even if that fails.
             * @example e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144
             */
            phoneCode?: string;
            /**
             * @description What the device is called in the person's list of sessions, at most 64 characters.
             *     Ignored when unacceptable.
             * @example iPhone 17
             */
            device?: string;
            /**
             * @description Whether a person who has asked for the account to be erased keeps it after all. Without
             *     this such a login is answered with `account_erasing`.
             * @example false
             */
            restore?: boolean;
        };
        /**
         * LogoutRequest
         * @description Which session ends.
         */
        LogoutRequest: {
            /**
             * @description Any refresh token of the session. Without it the session of the access token ends.
             * @example AUkxbmQBmwAAcABwAIAAAAAAAAAC…
             */
            refreshToken?: string;
        };
        /**
         * OwnSession
         * @description One of the person's own signed-in devices.
         */
        OwnSession: {
            /**
             * Format: uuid
             * @description The session's id.
             * @example 019b0000-7000-7000-8000-000000000002
             */
            id: string;
            /**
             * @description Through which mini-program the person signed in.
             * @example wxdev0000000000001
             */
            appId: string;
            /**
             * @description What the client called the device, if it did.
             * @example iPhone 17
             */
            device?: string;
            /**
             * Format: date-time
             * @description When the person signed in.
             * @example 2026-01-01T00:00:00+00:00
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the session was refreshed last.
             * @example 2026-01-02T00:00:00+00:00
             */
            lastUsedAt: string;
            /**
             * Format: date-time
             * @description When the session is over unless it is refreshed before.
             * @example 2026-02-01T00:00:00+00:00
             */
            expiresAt: string;
            /**
             * @description Whether it is the session of the token that asks.
             * @example true
             */
            current: boolean;
        };
        /**
         * OwnSessions
         * @description Where a person is signed in.
         */
        OwnSessions: {
            /**
             * @description The sessions, the latest used first.
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
         * @description A phone number. Its owner sees it whole, and so does an API client with the scope `phone`; others
         *     see it masked.
         */
        Phone: {
            /**
             * @description The digits of the country code, such as `86`.
             * @example 86
             */
            countryCode: string;
            /**
             * @description The digits of the number within the country; `138****8000` where it is masked.
             * @example 13800138000
             */
            number: string;
        };
        /**
         * PhoneRequest
         * @description What the phone-number button gave.
         */
        PhoneRequest: {
            /**
             * @description The `code` of the button's event, which is no code of `wx.login`. It works once, for five
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
             * @description A URI that names the kind of problem; says the same as `code`.
             * @example urn:wxlogin:problem:login_code_used
             */
            type: string;
            /**
             * @description What went wrong, for people.
             * @example This login code has been used
             */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 409
             */
            status: number;
            /**
             * @description What went wrong, for programs. Stable; new codes may come.
             * @example login_code_used
             */
            code: string;
            /**
             * @description What to do about it, for people.
             * @example Call wx.login again and send the new code.
             */
            detail?: string;
        };
        /**
         * ProfileChange
         * @description What a person changes about the account. What is left out stays as it is.
         */
        ProfileChange: {
            /**
             * @description What the person wants to be called: 1 to 64 characters, no control characters, and not
             *     WeChat's placeholder `微信用户`.
             * @example 小明
             */
            nickname?: string;
            /**
             * @description An `https` address of the person's picture, at most 1024 bytes; not WeChat's grey default. A
             *     picture on the phone goes to `POST /v1/me/avatar`. An address that was made there is taken
             *     as long as it is the one that the user has.
             * @example https://cdn.example.com/avatars/xiaoming.png
             */
            avatarUrl?: string;
        };
        /**
         * RefreshAnswer
         * @description New tokens.
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
             * @description How many seconds the access token holds.
             * @example 900
             */
            expiresIn: number;
            /**
             * @description The refresh token to use next. The one that was sent is used up.
             * @example AUkxbmQBmwAAcABwAIAAAAAAAAAC…
             */
            refreshToken: string;
            /**
             * Format: int64
             * @description How many seconds the refresh token holds.
             * @example 2592000
             */
            refreshExpiresIn: number;
        };
        /**
         * RefreshRequest
         * @description What a client sends for new tokens.
         */
        RefreshRequest: {
            /**
             * @description The refresh token of the latest answer that had one.
             * @example AUkxbmQBmwAAcABwAIAAAAAAAAAC…
             */
            refreshToken: string;
        };
        /**
         * SignedRequest
         * @description What WeChat signed with the session key.
         */
        SignedRequest: {
            /**
             * @description `rawData` as it came.
             * @example {"nickName":"小明"}
             */
            rawData: string;
            /**
             * @description `signature` as it came: 40 hexadecimal digits.
             * @example 75e81ceda165f4ffa64f4068af58c64b8f54b88c
             */
            signature: string;
        };
        /**
         * User
         * @description A user, as shown to that user.
         */
        User: {
            /**
             * Format: uuid
             * @description The user's id: a UUIDv7.
             * @example 019b0000-7000-7000-8000-000000000001
             */
            id: string;
            /**
             * @description What the person wants to be called, once known.
             * @example 小明
             */
            nickname?: string;
            /**
             * @description Where the person's picture is, once known.
             * @example https://cdn.example.com/avatars/xiaoming.png
             */
            avatarUrl?: string;
            /** @description The person's phone number, once it is bound. */
            phone?: components["schemas"]["Phone"];
            /**
             * Format: int32
             * @description The operator's own classification; 2 for a new user.
             * @example 2
             */
            userType: number;
            /**
             * Format: int32
             * @description 1 when the user may sign in, 0 when the user is disabled.
             * @example 1
             */
            status: number;
            /**
             * Format: date-time
             * @description When the person signed in first.
             * @example 2026-01-01T00:00:00+00:00
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the person signed in last.
             * @example 2026-01-02T00:00:00+00:00
             */
            lastLoginAt: string;
        };
        /**
         * Validity
         * @description Whether it holds.
         */
        Validity: {
            /**
             * @description Whether it holds.
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
                 * @description Made at random for this login, at least 128 bits of it in 22 to 128 visible characters.
                 *     Whoever repeats the same request with the same key within a minute, because the answer
                 *     was lost, gets the same session.
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
            /** @description The person is signed in. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginAnswer"];
                };
            };
            /** @description `invalid_request`: The request is not understood. `login_code_invalid`: WeChat does not know this login code. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `login_blocked_by_wechat`: WeChat blocks this person's login. `sign_up_closed`: New people cannot sign up here. `user_disabled`: This user is disabled. `account_erasing`: This account is about to be erased. */
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
            /** @description `login_code_used`: This login code has been used. */
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
            /** @description `unsupported_media_type`: The body is of another media type than the one expected. */
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
                    /** @description Seconds to wait before the next try. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description The session goes on with these tokens. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RefreshAnswer"];
                };
            };
            /** @description `invalid_request`: The request is not understood. `refresh_token_invalid`: The refresh token does not hold. `refresh_token_reused`: The refresh token has been used before. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `user_disabled`: This user is disabled. */
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
            /** @description `unsupported_media_type`: The body is of another media type than the one expected. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not understood. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `unsupported_media_type`: The body is of another media type than the one expected. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description The user the token speaks for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description The user the token speaks for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request`: The request is not understood. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. */
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
            /** @description `unsupported_media_type`: The body is of another media type than the one expected. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description The person is signed out everywhere, and the account is gone or going. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erased"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. `reauthentication_required`: The person has to sign in again for this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description Where the person is signed in. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnSessions"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description The person is signed in with this session only. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedSessions"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. `reauthentication_required`: The person has to sign in again for this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing at this address. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
                     * @description The file. Its name and declared type do not matter.
                     */
                    file: string;
                };
            };
        };
        responses: {
            /** @description The user the token speaks for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request`: The request is not understood. `image_invalid`: This is not a picture that is taken here. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. `avatars_disabled`: No pictures are kept here. */
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
            /** @description `unsupported_media_type`: The body is of another media type than the one expected. */
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
                    /** @description Seconds to wait before the next try. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description The user the token speaks for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request`: The request is not understood. `phone_code_invalid`: WeChat does not know this phone code of this person. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. `reauthentication_required`: The person has to sign in again for this. */
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
            /** @description `phone_taken`: The phone number belongs to another user. */
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
            /** @description `unsupported_media_type`: The body is of another media type than the one expected. */
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
                    /** @description Seconds to wait before the next try. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description The user the token speaks for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid_request`: The request is not understood. `open_data_invalid`: This is not what WeChat encrypts or signs. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. `reauthentication_required`: The person has to sign in again for this. */
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
            /** @description `session_key_stale`: The data is not under a session key that is known. `phone_taken`: The phone number belongs to another user. */
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
            /** @description `unsupported_media_type`: The body is of another media type than the one expected. */
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
                    /** @description Seconds to wait before the next try. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description What was encrypted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decrypted"];
                };
            };
            /** @description `invalid_request`: The request is not understood. `open_data_invalid`: This is not what WeChat encrypts or signs. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. */
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
            /** @description `session_key_stale`: The data is not under a session key that is known. */
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
            /** @description `unsupported_media_type`: The body is of another media type than the one expected. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not understood. `open_data_invalid`: This is not what WeChat encrypts or signs. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. */
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
            /** @description `session_key_stale`: The data is not under a session key that is known. */
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
            /** @description `unsupported_media_type`: The body is of another media type than the one expected. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
            /** @description Whether it holds. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Validity"];
                };
            };
            /** @description `token_invalid`: The access token does not hold. */
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
            /** @description `user_disabled`: This user is disabled. */
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
                    /** @description Seconds to wait before the next try. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something is wrong with this service. */
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
                    /** @description Seconds to wait before the next try. */
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
