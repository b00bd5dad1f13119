import { type Endpoint, endpoint } from "./endpoint.js";
import { type ErrorCode, WxloginError } from "./errors.js";
import type { components } from "./generated/openapi.js";
import { type Headers, Http, success } from "./http.js";
import type { LoginAnswer, LoginDetails } from "./login.js";
import { originOf } from "./origin.js";
import type { HttpResponse, Method, Platform, RequestData } from "./platform.js";
import { DeviceSession } from "./session.js";
import type { AbortSignalLike } from "./signal.js";
import { TokenStore } from "./token-store.js";
import { withLimits } from "./limits.js";

type Schemas = components["schemas"];

/** The signed-in user. */
export type User = Schemas["User"];
/** A session: a device on which the user is signed in. */
export type Session = Schemas["OwnSession"];
/** A change of the user's profile. */
export type ProfileChange = Schemas["ProfileChange"];
/** The optional parameters of a login. A silent login sends only the device name. */
export type SignInDetails = Omit<LoginDetails, "appId">;
/** The result of a login. */
export type SignedIn = Pick<LoginAnswer, "user" | "isNewUser" | "phoneProblem">;
/** The result of an account deletion: done, or scheduled for `eraseAt`. */
export type Erased = Schemas["Erased"];

export interface ClientOptions {
  /** wxlogin's URL, for example `https://login.example.com`. */
  baseUrl: string;
  /** The mini-program's AppID. Optional if wxlogin serves one app only. */
  appId?: string;
  /** The platform: `wxPlatform(wx)`, `uniPlatform(uni)` or `fetchPlatform({code})`. */
  platform: Platform;
  /**
   * The origins of your own back ends, to which `request` sends the access token, for example
   * `["https://api.example.com"]`. An origin includes the port, but no path.
   */
  origins?: readonly string[];
  /** The name of this device in the user's list of sessions. */
  device?: string;
  /** The timeout of a request in milliseconds. The default is 10 seconds. */
  timeout?: number;
}

export interface CallOptions {
  /** The timeout of each request of this call in milliseconds. Overrides the client's timeout. */
  timeout?: number;
  /** Cancels this call. A login or refresh that other calls also wait for continues. */
  signal?: AbortSignalLike;
}

export interface RequestOptions extends CallOptions {
  /** An absolute URL on wxlogin's origin or one of `origins`. */
  url: string;
  method?: Method;
  data?: RequestData;
  header?: Record<string, string>;
}

/** The event of `open-type="getPhoneNumber"`. */
export interface PhoneEvent {
  detail: { code?: string; errMsg?: string };
}

/** Encrypted data from `wx.getUserProfile`, `wx.getWeRunData` and similar calls. */
export interface EncryptedData {
  encryptedData?: string;
  iv?: string;
  errMsg?: string;
}

/** Signed data from `wx.getUserProfile`. */
export interface SignedData {
  rawData?: string;
  signature?: string;
  errMsg?: string;
}

/** The default timeout of an upload in milliseconds, the same as wxlogin's. */
const UPLOAD_TIMEOUT = 60_000;

/** The codes after which a new login lets the call succeed. */
const LOGIN_REQUIRED: ErrorCode[] = ["reauthentication_required", "session_key_stale"];

/**
 * Signs in the user of a mini-program and keeps the user signed in.
 *
 * You need not call `login` first. Every call that needs a session waits for a login or refresh in
 * progress and starts one if necessary. The client repeats a call once after a 401, and once after
 * wxlogin has required a new login. After `logout` or `deleteAccount` the client does not sign in
 * silently, even after a restart: calls fail with `signed_out` until you call `login`.
 *
 * Every failure is a `WxloginError`.
 */
export class WxloginClient {
  private readonly http: Http;
  private readonly session: DeviceSession;
  private readonly origins: string[];

  constructor({ baseUrl, appId, platform, origins = [], device, timeout = 10_000 }: ClientOptions) {
    const store = new TokenStore(platform.storage, `wxlogin ${baseUrl} ${appId || ""}`);
    this.http = new Http(baseUrl, platform, timeout);
    this.session = new DeviceSession(this.http, platform, store, { appId, device });
    this.origins = [baseUrl, ...origins].map(originOf);
  }

  /** Whether this device has a session. Sends no request. */
  get signedIn(): boolean {
    return this.session.signedIn;
  }

  /**
   * Signs in with a new code of `wx.login` and returns the user. Simultaneous calls with the same
   * parameters share one login. The device's previous session ends.
   */
  async login(details?: SignInDetails, { signal }: CallOptions = {}): Promise<SignedIn> {
    const { answer } = await withLimits({ signal }, () => this.session.logIn(details));
    const { user, isNewUser, phoneProblem } = answer;
    return { user, isNewUser, phoneProblem };
  }

  /**
   * Signs out. This takes effect on the device immediately. If wxlogin cannot be reached, the
   * promise is rejected, and wxlogin ends the session after its idle time.
   */
  async logout(options?: CallOptions): Promise<void> {
    const tokens = await this.session.signOut();
    if (tokens) await this.session.end(tokens, options);
  }

  /** Returns the signed-in user. */
  me(options?: CallOptions): Promise<User> {
    return this.call(endpoint("get", "/v1/me"), options);
  }

  /** Changes the nickname or avatar URL. Absent fields stay unchanged. */
  updateMe(change: ProfileChange, options?: CallOptions): Promise<User> {
    return this.call(endpoint("post", "/v1/me", change), options);
  }

  /**
   * Uploads a picture, such as the `event.detail.avatarUrl` of `chooseAvatar`. The default timeout
   * is one minute.
   */
  async uploadAvatar(filePath: string, options?: CallOptions): Promise<User> {
    const limits = { timeout: UPLOAD_TIMEOUT, ...options };
    const send = (header: Headers) => this.http.upload("/v1/me/avatar", filePath, header, limits);
    return success(await this.authorized(send, limits));
  }

  /** Binds the phone number of an event of `open-type="getPhoneNumber"`. */
  async bindPhone({ detail }: PhoneEvent, options?: CallOptions): Promise<User> {
    const { code, errMsg } = detail;
    if (!code) throw missingData(errMsg);
    return this.call(endpoint("post", "/v1/me/phone", { code }), options);
  }

  /**
   * Decrypts open data: the result of `wx.getUserProfile`, or an event with it as its `detail`.
   * After `session_key_stale`, get the data from WeChat again; the client has already signed in
   * again. Do not trust the decrypted data: a client can alter it.
   */
  async decryptOpenData<T = Record<string, unknown>>(
    given: EncryptedData | { detail: EncryptedData },
    options?: CallOptions,
  ): Promise<T> {
    const { encryptedData, iv, errMsg } = "detail" in given ? given.detail : given;
    if (!encryptedData || !iv) throw missingData(errMsg);
    const request = endpoint("post", "/v1/me/open-data/decrypt", { encryptedData, iv });
    return JSON.parse((await this.call(request, options)).data);
  }

  /** Verifies that WeChat signed `rawData` for this user; fails with `session_key_stale` if not. */
  async verifyOpenData(
    given: SignedData | { detail: SignedData },
    options?: CallOptions,
  ): Promise<void> {
    const { rawData, signature, errMsg } = "detail" in given ? given.detail : given;
    if (!rawData || !signature) throw missingData(errMsg);
    const request = endpoint("post", "/v1/me/open-data/verify", { rawData, signature });
    return this.call(request, options);
  }

  /** Returns whether the session key of the latest login is still valid. If not, call `login`. */
  async checkSessionKey(options?: CallOptions): Promise<boolean> {
    return (await this.call(endpoint("post", "/v1/me/session-key/check"), options)).valid;
  }

  /** Returns the user's sessions, most recently used first. */
  async sessions(options?: CallOptions): Promise<Session[]> {
    return (await this.call(endpoint("get", "/v1/me/sessions"), options)).sessions;
  }

  /** Ends another session. To end the session of this device, call `logout`. */
  endSession(id: string, options?: CallOptions): Promise<void> {
    return this.call(endpoint("delete", "/v1/me/sessions/{id}", undefined, id), options);
  }

  /** Ends all other sessions and returns how many were ended. */
  async endOtherSessions(options?: CallOptions): Promise<number> {
    return (await this.call(endpoint("delete", "/v1/me/sessions"), options)).ended;
  }

  /** Deletes the account and signs out. */
  async deleteAccount(options?: CallOptions): Promise<Erased> {
    const erased = await this.call(endpoint("delete", "/v1/me"), options);
    await this.session.signOut();
    return erased;
  }

  /**
   * Calls one of your own back ends with the access token. The token is sent to wxlogin's origin and
   * to `origins` only. As with `wx.request`, a response with any HTTP status is a success, including a
   * 401 that persists after a refresh and a retry.
   */
  async request<T = any>({
    url,
    method = "GET",
    data,
    header = {},
    ...options
  }: RequestOptions): Promise<HttpResponse<T>> {
    if (!this.origins.includes(originOf(url))) {
      throw new WxloginError("origin_not_allowed", `The origin ${originOf(url)} is not in "origins".`);
    }
    const send = (authorization: Headers) =>
      this.http.request({ url, method, data, header: { ...header, ...authorization } }, options);
    return (await this.authorized(send, options)) as HttpResponse<T>;
  }

  private async call<Answer>(request: Endpoint<Answer>, options?: CallOptions): Promise<Answer> {
    const send = (header: Headers) => this.http.call(request, header, options);
    return success(await this.authorized(send, options));
  }

  /** Sends a request with the access token. Retries it once after a refresh and once after a login. */
  private async authorized(
    send: (header: Headers) => Promise<HttpResponse>,
    { signal }: CallOptions = {},
  ): Promise<HttpResponse> {
    let refreshed = false;
    let loggedIn = false;
    for (;;) {
      const tokens = await withLimits({ signal }, () => this.session.tokens());
      const response = await send({ Authorization: `Bearer ${tokens.accessToken}` });
      if (response.statusCode === 401 && !refreshed) {
        refreshed = true;
        this.session.expire(tokens);
      } else if (requiresLogin(response) && !loggedIn) {
        loggedIn = true;
        await withLimits({ signal }, () => this.session.renew(tokens));
      } else {
        return response;
      }
    }
  }
}

function requiresLogin({ data }: HttpResponse): boolean {
  return LOGIN_REQUIRED.includes((Object(data) as { code: ErrorCode }).code);
}

/** The error for an event or result without the expected data. */
function missingData(errMsg?: string): WxloginError {
  const denied = !errMsg || /deny|denied|cancel|privacy/i.test(errMsg);
  return new WxloginError(denied ? "user_denied" : "wechat_refused", errMsg);
}
