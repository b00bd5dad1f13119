import { consented } from "./consent";
import { profileSheet } from "./sheets";

/** How new WeChat is: `?baseLibrary=2.20.0` in the address makes it an old one. */
export const SDKVersion = new URLSearchParams(location.search).get("baseLibrary") ?? "3.8.0";

/** What everybody is called, and looks like, since 2022. */
const PLACEHOLDER = {
  nickName: "微信用户",
  avatarUrl:
    "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132",
};

/** What getUserProfile gives: base libraries before 2.27.1 ask the person and tell the truth. */
export async function userProfile() {
  await consented();
  const [major, minor] = SDKVersion.split(".").map(Number);
  if (major > 2 || minor >= 27) return { userInfo: PLACEHOLDER };
  if (!(await profileSheet())) throw new Error("auth deny");
  return { userInfo: { nickName: "小明", avatarUrl: "" } };
}
