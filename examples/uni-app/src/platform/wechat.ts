/** The first base library with `chooseAvatar` and the nickname keyboard. */
const PROFILE_ENTRY = "2.21.2";

/**
 * Returns whether the user can enter picture and nickname. In older base libraries, getUserProfile
 * returns the real ones; since 2.27.1 it returns placeholders.
 */
export function canEnterProfile(): boolean {
  return isAtLeast(baseLibrary(), PROFILE_ENTRY);
}

export interface WechatProfile {
  nickname?: string;
  avatarUrl?: string;
}

/** Returns the result of getUserProfile without WeChat's placeholders. Call it in a tap handler. */
export async function wechatProfile(desc: string): Promise<WechatProfile> {
  const { userInfo } = await uni.getUserProfile({ desc });
  return {
    nickname: userInfo.nickName === "微信用户" ? undefined : userInfo.nickName || undefined,
    avatarUrl: isDefaultAvatar(userInfo.avatarUrl) ? undefined : userInfo.avatarUrl || undefined,
  };
}

/** Returns the name of this device for the list of devices. */
export function deviceName(): string {
  const info = uni.getSystemInfoSync();
  // #ifdef MP-WEIXIN
  // On an iPhone, `model` is like "iPhone 15<iPhone15,4>". Elsewhere it may lack the brand.
  const { brand = "", model } = info;
  const name = model.replace(/<.*>/, "");
  return name.startsWith(brand) ? name : `${brand} ${name}`;
  // #endif
  // #ifdef H5
  return `${capitalised(info.browserName)} · ${capitalised(info.osName)}`;
  // #endif
}

/** The parts of the URLs of WeChat's grey default avatars that stay the same in all sizes. */
const DEFAULT_AVATARS = [
  "/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/",
  "/icTdbqWNOwNRna42FI242Lcia07jQodd2FJGIYQfG0LAJGFxM4FbnQP6yfMxBgJ0F3YRqJCJ1aPAK2dQagdusBZg/",
];

function isDefaultAvatar(url: string): boolean {
  return DEFAULT_AVATARS.some((part) => url.includes(part));
}

function baseLibrary(): string {
  // `wx.getAppBaseInfo` exists since 2.20.1.
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
