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
import { within } from "./within.js";

type Schemas = components["schemas"];

/** A user, as shown to that user. */
export type User = Schemas["User"];
/** A signed-in device of the user. */
export type Session = Schemas["OwnSession"];
/** What a person changes about the account. */
export type ProfileChange = Schemas["ProfileChange"];
/** What a login may say about the person; a silent login says nothing but the device. */
export type SignInDetails = Omit<LoginDetails, "appId">;
/** Who has signed in, and whether for the first time. */
export type SignedIn = Pick<LoginAnswer, "user" | "isNewUser" | "phoneProblem">;
/** What became of an account: `erased`, or to be erased at `eraseAt` unless the person comes back. */
export type Erased = Schemas["Erased"];

export interface ClientOptions {
  /** Where wxlogin is: `https://login.example.com`. */
  baseUrl: string;
  /** The mini-program's AppID. May be left out when wxlogin serves one app. */
  appId?: string;
  /** Where the client runs: `wxPlatform(wx)`, `uniPlatform(uni)` or `fetchPlatform({code})`. */
  platform: Platform;
  /**
   * Your own back ends, to which `request` may send the access token:
   * `["https://api.example.com"]`. A port is part of an origin, a path is not.
   */
  origins?: readonly string[];
  /** What this device is called in the person's list of sessions. */
  device?: string;
  /** How long a request may take, in milliseconds; 10 seconds unless set. */
  timeout?: number;
}

export interface CallOptions {
  /** How long each request of this call may take, in milliseconds, instead of the client's own. */
  timeout?: number;
  /** Cancels this call. A login or refresh that others wait for too goes on. */
  signal?: AbortSignalLike;
}

export interface RequestOptions extends CallOptions {
  /** An absolute URL at wxlogin's own origin or one of `origins`. */
  url: string;
  method?: Method;
  data?: RequestData;
  header?: Record<string, string>;
}

/** What `open-type="getPhoneNumber"` gives. */
export interface PhoneEvent {
  detail: { code?: string; errMsg?: string };
}

/** What `wx.getUserProfile`, `wx.getWeRunData` and their kin give under the session key. */
export interface EncryptedData {
  encryptedData?: string;
  iv?: string;
  errMsg?: string;
}

/** What `wx.getUserProfile` gives with a signature. */
export interface SignedData {
  rawData?: string;
  signature?: string;
  errMsg?: string;
}

/** How long an upload may take unless told otherwise, in milliseconds: as long as wxlogin waits. */
const UPLOAD_TIMEOUT = 60_000;

/** What wxlogin asks for a login with, before it does what it was asked for. */
const LOGIN_AGAIN: ErrorCode[] = ["reauthentication_required", "session_key_stale"];

/**
 * Signs a mini-program's person in, and keeps them signed in.
 *
 * Every call that needs somebody signed in sees to it: it waits for a login or refresh under way,
 * starts one where needed, and is repeated once after a 401, and once after wxlogin has asked for a
 * new login. There is no need to call `login` first. After `logout` and `deleteAccount` nobody is
 * signed in silently any more, not even when the app starts again: calls fail with `signed_out`
 * until `login` is called.
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

  /** Whether somebody is signed in on this device, as far as is known without asking. */
  get signedIn(): boolean {
    return this.session.signedIn;
  }

  /**
   * Signs in with a new code of `wx.login`, and says who it is. Calls at the same time with the same
   * details share one login. The device's session before, if there was one, ends.
   */
  async login(details?: SignInDetails, { signal }: CallOptions = {}): Promise<SignedIn> {
    const { answer } = await within({ signal }, () => this.session.logIn(details));
    const { user, isNewUser, phoneProblem } = answer;
    return { user, isNewUser, phoneProblem };
  }

  /**
   * Signs out. On this device that holds at once; the promise fails if wxlogin could not be told,
   * and then the session ends there when it has not been used for some time.
   */
  async logout(options?: CallOptions): Promise<void> {
    const tokens = await this.session.signOut();
    if (tokens) await this.session.end(tokens, options);
  }

  /** The signed-in user. */
  me(options?: CallOptions): Promise<User> {
    return this.call(endpoint("get", "/v1/me"), options);
  }

  /** Changes nickname or avatar URL, and leaves what is not given. */
  updateMe(change: ProfileChange, options?: CallOptions): Promise<User> {
    return this.call(endpoint("post", "/v1/me", change), options);
  }

  /**
   * Uploads a picture, such as the `event.detail.avatarUrl` of `chooseAvatar`. It may take a minute
   * unless told otherwise.
   */
  async uploadAvatar(filePath: string, options?: CallOptions): Promise<User> {
    const limits = { timeout: UPLOAD_TIMEOUT, ...options };
    const send = (header: Headers) => this.http.upload("/v1/me/avatar", filePath, header, limits);
    return success(await this.authorized(send, limits));
  }

  /** Binds the phone number behind an event of `open-type="getPhoneNumber"`. */
  async bindPhone({ detail }: PhoneEvent, options?: CallOptions): Promise<User> {
    const { code, errMsg } = detail;
    if (!code) throw notGiven(errMsg);
    return this.call(endpoint("post", "/v1/me/phone", { code }), options);
  }

  /**
   * Decrypts open data: the result of `wx.getUserProfile`, or an event that has it as its `detail`.
   * After a failure with `session_key_stale` ask WeChat for the data again: by then the person has
   * been signed in anew. What comes out proves nothing, as clients can bend it.
   */
  async decryptOpenData<T = Record<string, unknown>>(
    given: EncryptedData | { detail: EncryptedData },
    options?: CallOptions,
  ): Promise<T> {
    const { encryptedData, iv, errMsg } = "detail" in given ? given.detail : given;
    if (!encryptedData || !iv) throw notGiven(errMsg);
    const request = endpoint("post", "/v1/me/open-data/decrypt", { encryptedData, iv });
    return JSON.parse((await this.call(request, options)).data);
  }

  /** Whether WeChat signed `rawData` for this person. */
  async verifyOpenData(
    given: SignedData | { detail: SignedData },
    options?: CallOptions,
  ): Promise<boolean> {
    const { rawData, signature, errMsg } = "detail" in given ? given.detail : given;
    if (!rawData || !signature) throw notGiven(errMsg);
    const request = endpoint("post", "/v1/me/open-data/verify", { rawData, signature });
    return (await this.call(request, options)).valid;
  }

  /** Whether WeChat still takes the session key of the latest login. If not, call `login`. */
  async checkSessionKey(options?: CallOptions): Promise<boolean> {
    return (await this.call(endpoint("post", "/v1/me/session-key/check"), options)).valid;
  }

  /** Where the user is signed in, the latest used first. */
  async sessions(options?: CallOptions): Promise<Session[]> {
    return (await this.call(endpoint("get", "/v1/me/sessions"), options)).sessions;
  }

  /** Ends another session. For this device's own there is `logout`. */
  endSession(id: string, options?: CallOptions): Promise<void> {
    return this.call(endpoint("delete", "/v1/me/sessions/{id}", undefined, id), options);
  }

  /** Ends all sessions but this one, and says how many there were. */
  async endOtherSessions(options?: CallOptions): Promise<number> {
    return (await this.call(endpoint("delete", "/v1/me/sessions"), options)).ended;
  }

  /** Erases the account, and signs out. */
  async deleteAccount(options?: CallOptions): Promise<Erased> {
    const erased = await this.call(endpoint("delete", "/v1/me"), options);
    await this.session.signOut();
    return erased;
  }

  /**
   * Calls one of your own back ends with the access token, which goes to wxlogin's own origin and to
   * `origins` only. As with `wx.request`, every HTTP status is a success: a 401 that is still
   * answered after a refresh and a repeat, too.
   */
  async request<T = any>({
    url,
    method = "GET",
    data,
    header = {},
    ...options
  }: RequestOptions): Promise<HttpResponse<T>> {
    if (!this.origins.includes(originOf(url))) {
      throw new WxloginError("origin_not_allowed", `not among origins: ${originOf(url)}`);
    }
    const send = (authorization: Headers) =>
      this.http.request({ url, method, data, header: { ...header, ...authorization } }, options);
    return (await this.authorized(send, options)) as HttpResponse<T>;
  }

  private async call<Answer>(request: Endpoint<Answer>, options?: CallOptions): Promise<Answer> {
    const send = (header: Headers) => this.http.call(request, header, options);
    return success(await this.authorized(send, options));
  }

  /** Sends with tokens, and once more for each thing that could be wrong with them. */
  private async authorized(
    send: (header: Headers) => Promise<HttpResponse>,
    { signal }: CallOptions = {},
  ): Promise<HttpResponse> {
    let refreshed = false;
    let loggedIn = false;
    for (;;) {
      const tokens = await within({ signal }, () => this.session.tokens());
      const response = await send({ Authorization: `Bearer ${tokens.accessToken}` });
      if (response.statusCode === 401 && !refreshed) {
        refreshed = true;
        this.session.expire(tokens);
      } else if (asksForLogin(response) && !loggedIn) {
        loggedIn = true;
        await within({ signal }, () => this.session.renew(tokens));
      } else {
        return response;
      }
    }
  }
}

function asksForLogin({ data }: HttpResponse): boolean {
  return LOGIN_AGAIN.includes((Object(data) as { code: ErrorCode }).code);
}

/** What it means that an event comes without what it is for. */
function notGiven(errMsg?: string): WxloginError {
  const denied = !errMsg || /deny|denied|cancel|privacy/i.test(errMsg);
  return new WxloginError(denied ? "user_denied" : "wechat_refused", errMsg);
}
