import type { components } from "./generated/openapi.js";
import type { HttpResponse, Method, Platform, RequestData } from "./platform.js";
import type { AbortSignalLike } from "./signal.js";

type Schemas = components["schemas"];

/** A user, as shown to that user. */
export type User = Schemas["User"];
/** A signed-in device of the user. */
export type Session = Schemas["OwnSession"];
/** What a person changes about the account. */
export type ProfileChange = Schemas["ProfileChange"];
/** What a login may say about the person; a silent login says nothing but the device. */
export type SignInDetails = Omit<Schemas["LoginRequest"], "appId" | "code">;
/** Who has signed in, and whether for the first time. */
export type SignedIn = Pick<Schemas["LoginAnswer"], "user" | "isNewUser" | "phoneProblem">;
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

/**
 * Signs one mini-program's person in, and keeps them signed in.
 *
 * Every call that needs somebody signed in sees to it: it waits for a login or refresh under way,
 * starts one where needed, and is repeated once when wxlogin asks for a newer token or login.
 * There is no need to call `login` first. After `logout` or `deleteAccount` nobody is signed in
 * silently any more, also after a restart of the app: calls fail with `signed_out` until `login`.
 *
 * Every failure is a `WxloginError`.
 */
export declare class WxloginClient {
  constructor(options: ClientOptions);

  /** Whether somebody is signed in on this device, as far as is known without asking. */
  get signedIn(): boolean;

  /**
   * Signs in with a new code of `wx.login`, and says who it is. Calls at the same time with the
   * same details share one login. The session before, if there was one, ends.
   */
  login(details?: SignInDetails, options?: Pick<CallOptions, "signal">): Promise<SignedIn>;

  /**
   * Signs out. On this device that holds at once; the promise fails if wxlogin could not be told,
   * and then the session ends there by itself when it has not been used for some time.
   */
  logout(options?: CallOptions): Promise<void>;

  /** The signed-in user. */
  me(options?: CallOptions): Promise<User>;

  /** Changes nickname or avatar URL, and leaves what is not given. */
  updateMe(change: ProfileChange, options?: CallOptions): Promise<User>;

  /** Uploads a picture, such as the `event.detail.avatarUrl` of `chooseAvatar`. */
  uploadAvatar(filePath: string, options?: CallOptions): Promise<User>;

  /** Binds the phone number behind an event of `open-type="getPhoneNumber"`. */
  bindPhone(event: PhoneEvent, options?: CallOptions): Promise<User>;

  /**
   * Decrypts open data: the result of `wx.getUserProfile`, or an event that has it as `detail`. If
   * it fails with `session_key_stale`, the person has been signed in anew: ask WeChat for the data
   * again. What comes out is no proof of anything; see the document of `decryptOpenDataV1`.
   */
  decryptOpenData<T = Record<string, unknown>>(
    data: EncryptedData | { detail: EncryptedData },
    options?: CallOptions,
  ): Promise<T>;

  /** Whether WeChat signed `rawData` for this person. */
  verifyOpenData(
    data: SignedData | { detail: SignedData },
    options?: CallOptions,
  ): Promise<boolean>;

  /** Whether WeChat still takes the session key of the latest login. If not, call `login`. */
  checkSessionKey(options?: CallOptions): Promise<boolean>;

  /** Where the user is signed in, the latest used first. */
  sessions(options?: CallOptions): Promise<Session[]>;

  /** Ends one session. To sign out here, `logout` is the one to call. */
  endSession(id: string, options?: CallOptions): Promise<void>;

  /** Ends all sessions but this one, and says how many there were. */
  endOtherSessions(options?: CallOptions): Promise<number>;

  /** Erases the account and signs out. */
  deleteAccount(options?: CallOptions): Promise<Erased>;

  /**
   * Calls one of your own back ends with the access token, which goes to wxlogin's own origin and
   * to `origins` only. As with `wx.request`, every HTTP status is a success; a 401 that remains
   * after a refresh and a repeat is handed over too.
   */
  request<T = any>(options: RequestOptions): Promise<HttpResponse<T>>;
}
