import { type User, uniPlatform, WxloginClient } from "wxlogin-client";
import { shallowRef } from "vue";

import { config } from "../platform/config";
import { deviceName } from "../platform/wechat";

/** The signed-in user, as of the last response. */
export const user = shallowRef<User>();

let client: WxloginClient | undefined;

/** Returns the client, which manages the sign-in and tokens. */
export async function wxlogin(): Promise<WxloginClient> {
  const { wxlogin, appId } = await config();
  client ??= new WxloginClient({
    baseUrl: wxlogin,
    appId,
    platform: uniPlatform(uni),
    device: deviceName(),
  });
  return client;
}
