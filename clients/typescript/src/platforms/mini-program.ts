import type { HttpResponse, Platform, PlatformTask } from "../platform.js";
import { jsonOrText } from "./json.js";
import { randomBytes } from "./random.js";

/** What is used of `wx` and of everything that is made like it, such as `uni`. */
export interface MiniProgramApi {
  login(options: Callbacks<{ code: string }> & { provider?: "weixin"; timeout?: number }): unknown;
  request(options: Callbacks<Answer> & RequestOptions): Abortable;
  uploadFile(options: Callbacks<Answer> & UploadOptions): Abortable;
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

interface Answer {
  statusCode: number;
  data: any;
  header?: any;
}

interface Abortable {
  abort(): void;
}

/** Native mini-programs, and Taro's: `wxPlatform(wx)`. */
export function wxPlatform(wx: MiniProgramApi): Platform {
  return miniProgram(wx, {});
}

/** uni-app: `uniPlatform(uni)`. */
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
        // uni-app has it in mini-programs only.
        if (!api.getRandomValues) return fail();
        const success = ({ randomValues }: { randomValues: ArrayBuffer }) =>
          resolve(new Uint8Array(randomValues));
        api.getRandomValues({ length, success, fail });
      }),

    request: (request) =>
      task(({ success, fail }) => api.request({ ...request, success, fail })),
    upload: (upload) =>
      task(({ success, fail }) => {
        // The answer's text comes unparsed.
        const parsed = (answer: Answer) => success({ ...answer, data: jsonOrText(answer.data) });
        return api.uploadFile({ ...upload, success: parsed, fail });
      }),

    storage: {
      get: (key) => api.getStorageSync(key),
      set: (key, value) => api.setStorageSync(key, value),
      remove: (key) => api.removeStorageSync(key),
    },
  };
}

function task(start: (callbacks: Required<Callbacks<Answer>>) => Abortable): PlatformTask {
  let started: Abortable;
  const response = new Promise<HttpResponse>((resolve, reject) => {
    // Not every answer to an upload has its headers.
    const success = ({ statusCode, header = {}, data }: Answer) =>
      resolve({ statusCode, header, data });
    started = start({ success, fail: reject });
  });
  return { response, abort: () => started.abort() };
}
