/** What the client needs of the place it runs in. */
export interface Platform {
  /** A new login code, good for one login. `timeout` is in milliseconds. */
  code(timeout: number): Promise<string>;
  /** Bytes nobody can guess. */
  randomBytes(length: number): Promise<Uint8Array>;
  /** Sends a request. It succeeds with whatever HTTP status was answered. */
  request(request: PlatformRequest): PlatformTask;
  /** Sends a file as `multipart/form-data`. */
  upload(upload: PlatformUpload): PlatformTask;
  /** Where tokens are kept, as texts. */
  readonly storage: PlatformStorage;
}

export interface PlatformRequest {
  url: string;
  method: Method;
  header: Record<string, string>;
  /** As in `wx.request`: an object is sent as JSON, or in the query of a GET. */
  data?: RequestData;
  /** How long the request may take, in milliseconds. */
  timeout: number;
}

/** What `wx.request` can send. */
export type Method = "GET" | "POST" | "PUT" | "DELETE" | "HEAD" | "OPTIONS";

export type RequestData = string | object | ArrayBuffer;

export interface PlatformUpload {
  url: string;
  header: Record<string, string>;
  filePath: string;
  /** The name of the form's field. */
  name: string;
  /** How long the upload may take, in milliseconds. */
  timeout: number;
}

/** An answer, in the words of `wx.request`. */
export interface HttpResponse<T = unknown> {
  statusCode: number;
  header: Record<string, string>;
  /** What was answered; JSON is parsed. */
  data: T;
}

/** A request under way. */
export interface PlatformTask {
  /** Fails only if no answer comes. */
  readonly response: Promise<HttpResponse>;
  abort(): void;
}

/** As `wx.getStorageSync` and its kin; any of them may throw. */
export interface PlatformStorage {
  /** The text, or something empty if there is none. */
  get(key: string): unknown;
  set(key: string, value: string): void;
  remove(key: string): void;
}
