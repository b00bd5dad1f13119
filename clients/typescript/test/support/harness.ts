import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ClientOptions,
  fetchPlatform,
  type Platform,
  WxloginClient,
  wxPlatform,
} from "../../src/index.js";
import { fakeWx } from "./fake-wx.js";
import { run } from "./process.js";
import { Proxy } from "./proxy.js";

export const APP = "wx0123456789abcdef";
/** wxlogin's configured public URL. */
export const PUBLIC_URL = "https://login.example.com";
export const OTHER_APP = "wxfedcba9876543210";
const SECRETS = { [APP]: "secret of the one", [OTHER_APP]: "secret of the other" };

/** The real wxlogin for two apps, a simulated WeChat, and a proxy in front of wxlogin. */
export type Harness = Awaited<ReturnType<typeof startHarness>>;

/** Starts a harness. `tokenLifetime` is the lifetime of access tokens in seconds. */
export async function startHarness({ tokenLifetime = 900 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "wxlogin-client-"));
  const apps = Object.entries(SECRETS);
  const simulator = await run(
    ["sim", "--listen", "127.0.0.1:0", ...apps.flatMap(([id, secret]) => ["--app", `${id}=${secret}`])],
    folder,
    {},
    /http:\/\/([\d.:]+)\//,
  );
  const secrets = apps.map(([id, secret]) => [`WXLOGIN__APPS__${id.toUpperCase()}__SECRET`, secret]);
  const wxlogin = await run(
    ["serve"],
    folder,
    {
      WXLOGIN__MASTER_KEY: randomBytes(32).toString("hex"),
      WXLOGIN__SERVER__LISTEN: "127.0.0.1:0",
      WXLOGIN__SERVER__PUBLIC_URL: PUBLIC_URL,
      WXLOGIN__DATABASE__URL: "sqlite:wxlogin.db",
      WXLOGIN__AVATARS__DIRECTORY: "avatars",
      WXLOGIN__WECHAT__BASE_URL: simulator.url,
      WXLOGIN__WECHAT__UNOFFICIAL: "true",
      WXLOGIN__TOKENS__ACCESS_LIFETIME_SECONDS: String(tokenLifetime),
      WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE: "1000",
      ...Object.fromEntries(secrets),
    },
    /"address":"([\d.:]+)"/,
  );
  const proxy = await Proxy.start(wxlogin.url);

  async function control<T>(method: string, path: string, body?: object): Promise<T> {
    const init = { method, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(simulator.url + path, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  async function close() {
    await proxy.stop();
    await wxlogin.stop();
    await simulator.stop();
    await rm(folder, { recursive: true });
  }

  return { proxy, wxlogin: wxlogin.url, secret: SECRETS[APP], control, close };
}

type MakePlatform = (code: () => Promise<string>) => Platform;

export const wxPlatformFor: MakePlatform = (code) => wxPlatform(fakeWx(code));
export const fetchPlatformFor: MakePlatform = (code) => fetchPlatform({ code });

/** The platforms a client can run on. */
export const PLATFORMS = [["wxPlatform", wxPlatformFor], ["fetchPlatform", fetchPlatformFor]] as const;

/** A user's phone: its platform, the codes it has returned, and clients that use the proxy. */
export function phone(
  { proxy, control }: Harness,
  openid: string,
  makePlatform: MakePlatform = wxPlatformFor,
  appId = APP,
) {
  const codes: string[] = [];
  const platform = makePlatform(async () => {
    const { code } = await control<{ code: string }>("POST", "/sim/codes", { openid, appId });
    codes.push(code);
    return code;
  });
  const open = (options: Partial<ClientOptions> = {}) =>
    new WxloginClient({ baseUrl: proxy.url, appId, platform, ...options });
  return { platform, codes, open, client: open() };
}
