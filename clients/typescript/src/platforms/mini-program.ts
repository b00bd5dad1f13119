import type { HttpResponse, Platform, PlatformTask } from "../platform.js";
import { jsonOrText } from "./json.js";
import { randomBytes } from "./random.js";

/** The part of `wx`, or of a compatible object such as `uni`, that the client uses. */
export interface MiniProgramApi {
  login(options: Callbacks<{ code: string }> & { provider?: "weixin"; timeout?: number }): unknown;
  request(options: Callbacks<Response> & RequestOptions): Abortable;
  uploadFile(options: Callbacks<Response> & UploadOptions): Abortable;
  getRandomValues?(options: Callbacks<{ randomValues: ArrayBuffer }> & { length: number }): unknown;
  getStorageSync(key: string): any;
  setStorageSync(key: string, value: any): void;
  removeStorageSync(key: string): void;
}

interface Callbacks<T> {
  success?(result: T): void;
  fail?(failure: any): void;
}

interface RequestOptions {
  url: string;
  method?: any;
  header?: any;
  data?: any;
  timeout?: number;
}

interface UploadOptions {
  url: string;
  filePath: string;
  name: string;
  header?: any;
  timeout?: number;
}

interface Response {
  statusCode: number;
  data: any;
  header?: any;
}

interface Abortable {
  abort(): void;
}

/** The platform for native mini-programs and Taro: `wxPlatform(wx)`. */
export function wxPlatform(wx: MiniProgramApi): Platform {
  return miniProgram(wx, {});
}

/** The platform for uni-app: `uniPlatform(uni)`. */
export function uniPlatform(uni: MiniProgramApi): Platform {
  return miniProgram(uni, { provider: "weixin" });
}

function miniProgram(api: MiniProgramApi, loginOptions: { provider?: "weixin" }): Platform {
  return {
    code: (timeout) =>
      new Promise((resolve, reject) => {
        const success = ({ code }: { code: string }) => resolve(code);
        api.login({ ...loginOptions, timeout, success, fail: reject });
      }),

    randomBytes: (length) =>
      new Promise((resolve) => {
        const fail = () => resolve(randomBytes(length));
        // uni-app has `getRandomValues` in mini-programs only.
        if (!api.getRandomValues) return fail();
        const success = ({ randomValues }: { randomValues: ArrayBuffer }) =>
          resolve(new Uint8Array(randomValues));
        api.getRandomValues({ length, success, fail });
      }),

    request: (request) =>
      task(({ success, fail }) => api.request({ ...request, success, fail })),
    upload: (upload) =>
      task(({ success, fail }) => {
        // `uploadFile` does not parse the response.
        const parse = (response: Response) =>
          success({ ...response, data: jsonOrText(response.data) });
        return api.uploadFile({ ...upload, success: parse, fail });
      }),

    storage: {
      get: (key) => api.getStorageSync(key),
      set: (key, value) => api.setStorageSync(key, value),
      remove: (key) => api.removeStorageSync(key),
    },
  };
}

function task(start: (callbacks: Required<Callbacks<Response>>) => Abortable): PlatformTask {
  let started: Abortable;
  const response = new Promise<HttpResponse>((resolve, reject) => {
    // A response to an upload may have no headers.
    const success = ({ statusCode, header = {}, data }: Response) =>
      resolve({ statusCode, header, data });
    started = start({ success, fail: reject });
  });
  return { response, abort: () => started.abort() };
}
