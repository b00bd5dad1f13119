import type { HttpResponse, Platform, PlatformStorage, PlatformTask } from "../platform.js";
import { jsonOrText } from "./json.js";
import { randomBytes } from "./random.js";

// The browser globals that this file uses. The compiler's own declarations would make them available
// to all files.
declare function fetch(url: string, init?: object): Promise<FetchResponse>;
declare class AbortController {
  readonly signal: object;
  abort(): void;
}
declare class Headers {
  constructor(headers: Record<string, string>);
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(visit: (value: string, name: string) => void): void;
}
declare class FormData {
  append(name: string, file: object, fileName: string): void;
}
declare const localStorage: {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};

interface FetchResponse {
  readonly status: number;
  readonly headers: Headers;
  text(): Promise<string>;
  blob(): Promise<object>;
}

export interface FetchPlatformOptions {
  /** Returns a login code in place of `wx.login`, for example from the simulator. */
  code(): Promise<string>;
  /** Where to store tokens. The default is `localStorage`, or memory if there is none. */
  storage?: PlatformStorage;
}

/** The platform for browsers and Node.js. The `filePath` of an upload is a URL, such as `blob:…`. */
export function fetchPlatform({ code, storage }: FetchPlatformOptions): Platform {
  return {
    code,
    randomBytes: async (length) => randomBytes(length),
    request: ({ url, method, header, data }) =>
      task(async (signal) => {
        const headers = new Headers(header);
        if (typeof data !== "object" || data instanceof ArrayBuffer) {
          return fetch(url, { method, headers, body: data, signal });
        }
        if (method === "GET") return fetch(withQuery(url, data), { headers, signal });
        if (!headers.has("content-type")) headers.set("content-type", "application/json");
        return fetch(url, { method, headers, body: JSON.stringify(data), signal });
      }),
    upload: ({ url, header, filePath, name }) =>
      task(async (signal) => {
        const body = new FormData();
        body.append(name, await (await fetch(filePath, { signal })).blob(), name);
        return fetch(url, { method: "POST", headers: header, body, signal });
      }),
    storage: storage ?? localStorageOrMemory(),
  };
}

function task(send: (signal: object) => Promise<FetchResponse>): PlatformTask {
  const controller = new AbortController();
  return { response: send(controller.signal).then(read), abort: () => controller.abort() };
}

async function read(response: FetchResponse): Promise<HttpResponse> {
  const header: Record<string, string> = {};
  response.headers.forEach((value, name) => (header[name] = value));
  return { statusCode: response.status, header, data: jsonOrText(await response.text()) };
}

function withQuery(url: string, data: object): string {
  const query = Object.entries(data).map((pair) => pair.map(encodeURIComponent).join("="));
  return query.length ? url + (url.includes("?") ? "&" : "?") + query.join("&") : url;
}

function localStorageOrMemory(): PlatformStorage {
  try {
    const storage = localStorage;
    return {
      get: (key) => storage.getItem(key),
      set: (key, value) => storage.setItem(key, value),
      remove: (key) => storage.removeItem(key),
    };
  } catch {
    // There is none, or the browser denies access.
    const memory = new Map<string, string>();
    return {
      get: (key) => memory.get(key),
      set: (key, value) => void memory.set(key, value),
      remove: (key) => void memory.delete(key),
    };
  }
}
