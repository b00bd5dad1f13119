/** The base library from which a person fills in picture and name. */
const FILLING_IN = "2.21.2";

/**
 * Whether `chooseAvatar` and the nickname keyboard are there. Where they are not, getUserProfile
 * still gives real pictures and names; from 2.27.1 on it gives placeholders.
 */
export function canFillIn(): boolean {
  return isAtLeast(baseLibrary(), FILLING_IN);
}

export interface WechatProfile {
  nickname?: string;
  avatarUrl?: string;
}

/** What getUserProfile gives, without WeChat's placeholders. To be called from a tap. */
export async function wechatProfile(desc: string): Promise<WechatProfile> {
  const { userInfo } = await uni.getUserProfile({ desc });
  return {
    nickname: userInfo.nickName === "微信用户" ? undefined : userInfo.nickName || undefined,
    avatarUrl: isGreyDefault(userInfo.avatarUrl) ? undefined : userInfo.avatarUrl || undefined,
  };
}

/** What this device is called in the list of signed-in devices. */
export function deviceName(): string {
  const info = uni.getSystemInfoSync();
  // #ifdef MP-WEIXIN
  // An iPhone says "iPhone 15<iPhone15,4>"; the model of others does not name the maker.
  const { brand = "", model } = info;
  const name = model.replace(/<.*>/, "");
  return name.startsWith(brand) ? name : `${brand} ${name}`;
  // #endif
  // #ifdef H5
  return `${capitalised(info.browserName)} · ${capitalised(info.osName)}`;
  // #endif
}

/** The picture WeChat gives to everybody; the same person's other sizes differ in the last part. */
function isGreyDefault(url: string): boolean {
  return url.includes("/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/");
}

function baseLibrary(): string {
  // `wx.getAppBaseInfo` is there from 2.20.1 on.
  return (wx.getAppBaseInfo ?? wx.getSystemInfoSync)().SDKVersion;
}

function isAtLeast(version: string, wanted: string): boolean {
  const [have, want] = [version, wanted].map((text) => text.split(".").map(Number));
  for (let i = 0; i < want.length; i++) {
    if (have[i] !== want[i]) return have[i] > want[i];
  }
  return true;
}
// #ifdef H5

function capitalised(name = ""): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
// #endif
