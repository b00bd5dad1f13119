import { webcrypto } from "node:crypto";
import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import type { MiniProgramApi } from "../../src/index.js";

/** A fake `wx` on Node's fetch, with callbacks and synchronous storage. */
export function fakeWx(code: () => Promise<string>): MiniProgramApi {
  const storage = new Map<string, unknown>();
  return {
    login({ success, fail }) {
      code().then(
        (code) => success!({ code }),
        (error) => fail!({ errMsg: `login:fail ${error}` }),
      );
    },

    request({ url, method = "GET", header, data, success, fail }) {
      const headers = new Headers({ "content-type": "application/json", ...header });
      const query = method === "GET" && data ? `?${new URLSearchParams(data)}` : "";
      const body = query || data === undefined ? undefined : JSON.stringify(data);
      return send("request", url + query, async () => ({ method, headers, body }), {
        fail,
        success: (answer) => success!({ ...answer, data: parsed(answer.data) }),
      });
    },

    uploadFile({ url, filePath, name, header, success, fail }) {
      const init = async () => {
        const body = new FormData();
        body.append(name, await openAsBlob(filePath), basename(filePath));
        return { method: "POST", headers: header, body };
      };
      // WeChat does not parse the data here, and old base libraries return no headers.
      const asText = ({ statusCode, data }: TextAnswer) => success!({ statusCode, data });
      return send("uploadFile", url, init, { fail, success: asText });
    },

    getRandomValues({ length, success }) {
      const { buffer } = webcrypto.getRandomValues(new Uint8Array(length));
      queueMicrotask(() => success!({ randomValues: buffer }));
    },

    getStorageSync: (key) => storage.get(key) ?? "",
    setStorageSync: (key, value) => void storage.set(key, value),
    removeStorageSync: (key) => void storage.delete(key),
  };
}

interface TextAnswer {
  statusCode: number;
  header: object;
  data: string;
}

interface Callbacks {
  success(answer: TextAnswer): void;
  fail?: ((failure: { errMsg: string }) => void) | undefined;
}

function send(
  call: string,
  url: string,
  init: () => Promise<object>,
  { success, fail }: Callbacks,
) {
  const controller = new AbortController();
  const answered = async (): Promise<TextAnswer> => {
    const response = await fetch(url, { ...(await init()), signal: controller.signal });
    const header = Object.fromEntries(response.headers);
    return { statusCode: response.status, header, data: await response.text() };
  };
  answered().then(success, (error) => fail!({ errMsg: `${call}:fail ${error.message}` }));
  return { abort: () => controller.abort() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
