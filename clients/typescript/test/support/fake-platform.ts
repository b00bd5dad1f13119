import type { Platform, PlatformStorage } from "../../src/index.js";
import type { FakeWxlogin } from "./fake-wxlogin.js";

export const BASE_URL = "https://login.example.com";
const WXLOGIN = /^https:\/\/login\.example\.com(\/staging)?/;

/** A platform on which everything works, connected to a fake wxlogin. */
export class FakePlatform implements Platform {
  /** How many codes `wx.login` has returned. */
  codes = 0;
  /** How many requests were aborted. */
  aborted = 0;
  readonly stored = new Map<string, string>();

  constructor(private readonly wxlogin: FakeWxlogin) {}

  readonly storage: PlatformStorage = {
    get: (key) => this.stored.get(key) ?? "",
    set: (key, value) => void this.stored.set(key, value),
    remove: (key) => void this.stored.delete(key),
  };

  code: Platform["code"] = async () => `code-${(this.codes += 1)}`;

  private drawn = 0;
  randomBytes: Platform["randomBytes"] = async (length) =>
    new Uint8Array(length).fill((this.drawn += 1));

  request: Platform["request"] = ({ url, method, header, data }) => ({
    response: this.wxlogin.answer({ method, path: url.replace(WXLOGIN, ""), header, data }),
    abort: () => (this.aborted += 1),
  });

  upload: Platform["upload"] = ({ url, header, filePath, name }) =>
    this.request({ url, header, method: "POST", data: { [name]: filePath }, timeout: 0 });
}
