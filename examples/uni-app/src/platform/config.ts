/** The services that the example uses. */
export interface Config {
  /** wxlogin's URL. */
  wxlogin: string;
  /** The simulated WeChat's URL; for the browser only. */
  simulator: string;
  /** The mini-program's AppID. */
  appId: string;
}

let loaded: Promise<Config> | undefined;

/** Returns the configuration: in a mini-program from the build, in a browser from the server. */
export function config(): Promise<Config> {
  loaded ??= load().catch((failure) => {
    loaded = undefined;
    throw failure;
  });
  return loaded;
}

async function load(): Promise<Config> {
  const { VITE_WXLOGIN_URL, VITE_SIMULATOR_URL } = import.meta.env;
  const built = {
    wxlogin: VITE_WXLOGIN_URL ?? "http://127.0.0.1:8080",
    simulator: VITE_SIMULATOR_URL ?? "http://127.0.0.1:8081",
    appId: "wxdev0000000000001",
  };
  // #ifdef MP-WEIXIN
  return { ...built, appId: uni.getAccountInfoSync().miniProgram.appId };
  // #endif
  // #ifdef H5
  if (import.meta.env.DEV) return built;
  // `wxlogin dev` serves it beside index.html.
  const { statusCode, data } = await uni.request({ url: "config.json" });
  if (statusCode !== 200) throw new Error(`config.json: ${statusCode}`);
  return data as Config;
  // #endif
}
