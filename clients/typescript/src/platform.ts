/** What the client needs from the environment it runs in. */
export interface Platform {
  /** Returns a new login code for one login. `timeout` is in milliseconds. */
  code(timeout: number): Promise<string>;
  /** Returns cryptographically random bytes, if the platform has any. */
  randomBytes(length: number): Promise<Uint8Array>;
  /** Sends a request. A response with any HTTP status is a success. */
  request(request: PlatformRequest): PlatformTask;
  /** Sends a file as `multipart/form-data`. */
  upload(upload: PlatformUpload): PlatformTask;
  /** Stores the tokens as strings. */
  readonly storage: PlatformStorage;
}

export interface PlatformRequest {
  url: string;
  method: Method;
  header: Record<string, string>;
  /** As in `wx.request`: an object is sent as JSON, or as the query of a GET. */
  data?: RequestData;
  /** The timeout in milliseconds. */
  timeout: number;
}

/** The methods of `wx.request`. */
export type Method = "GET" | "POST" | "PUT" | "DELETE" | "HEAD" | "OPTIONS";

export type RequestData = string | object | ArrayBuffer;

export interface PlatformUpload {
  url: string;
  header: Record<string, string>;
  filePath: string;
  /** The name of the form field. */
  name: string;
  /** The timeout in milliseconds. */
  timeout: number;
}

/** A response, with the names of `wx.request`. */
export interface HttpResponse<T = unknown> {
  statusCode: number;
  header: Record<string, string>;
  /** The body. JSON is parsed. */
  data: T;
}

/** A request in progress. */
export interface PlatformTask {
  /** Rejected only if there is no response. */
  readonly response: Promise<HttpResponse>;
  abort(): void;
}

/** Storage like that of `wx.getStorageSync`. Any method may throw. */
export interface PlatformStorage {
  /** Returns the stored string, or an empty value if there is none. */
  get(key: string): unknown;
  set(key: string, value: string): void;
  remove(key: string): void;
}
