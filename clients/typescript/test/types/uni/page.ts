// Compiles against uni-app's own types of `uni`, its calls and its events.

import { uniPlatform, WxloginClient } from "wxlogin-client";

const client = new WxloginClient({
  baseUrl: "https://login.example.com",
  platform: { ...uniPlatform(uni), code: async () => "a code of the simulator" },
});

export async function onProfile() {
  const profile = await uni.getUserProfile({ desc: "show who you are" });
  await client.verifyOpenData(profile);
}
