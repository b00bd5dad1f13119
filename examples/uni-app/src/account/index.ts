import { type User, uniPlatform, WxloginClient } from "wxlogin-client";
import { shallowRef } from "vue";

import { config } from "../platform/config";
import { deviceName } from "../platform/wechat";

/** Who is signed in, as wxlogin said last. */
export const user = shallowRef<User>();

let made: WxloginClient | undefined;

/** The client, which sees to signing in and to tokens. */
export async function wxlogin(): Promise<WxloginClient> {
  const { wxlogin, appId } = await config();
  made ??= new WxloginClient({
    baseUrl: wxlogin,
    appId,
    platform: uniPlatform(uni),
    device: deviceName(),
  });
  return made;
}
