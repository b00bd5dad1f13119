export { WxloginClient } from "./client.js";
export type {
  CallOptions,
  ClientOptions,
  EncryptedData,
  Erased,
  PhoneEvent,
  ProfileChange,
  RequestOptions,
  Session,
  SignedData,
  SignedIn,
  SignInDetails,
  User,
} from "./client.js";
export { isWxloginError, WxloginError } from "./errors.js";
export type { ErrorCode, LocalCode } from "./errors.js";
export type { ProblemCode } from "./generated/problem-codes.js";
export type {
  HttpResponse,
  Method,
  Platform,
  PlatformRequest,
  PlatformStorage,
  PlatformTask,
  PlatformUpload,
  RequestData,
} from "./platform.js";
export { fetchPlatform } from "./platforms/fetch.js";
export type { FetchPlatformOptions } from "./platforms/fetch.js";
export { uniPlatform, wxPlatform } from "./platforms/mini-program.js";
export type { MiniProgramApi } from "./platforms/mini-program.js";
export { CancelSignal } from "./signal.js";
export type { AbortSignalLike } from "./signal.js";
