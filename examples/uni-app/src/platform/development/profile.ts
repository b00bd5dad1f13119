import { requireConsent } from "./consent";
import { profileSheet } from "./sheets";

/** The simulated base library. `?baseLibrary=2.20.0` in the URL selects an old one. */
export const SDKVersion = new URLSearchParams(location.search).get("baseLibrary") ?? "3.8.0";

/** The nickname and picture that WeChat returns for every user since 2022. */
const PLACEHOLDER = {
  nickName: "微信用户",
  avatarUrl:
    "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132",
};

/** The result of getUserProfile. Base libraries before 2.27.1 ask the user and return real data. */
export async function userProfile() {
  await requireConsent();
  const [major, minor] = SDKVersion.split(".").map(Number);
  if (major > 2 || minor >= 27) return { userInfo: PLACEHOLDER };
  if (!(await profileSheet())) throw new Error("auth deny");
  return { userInfo: { nickName: "小明", avatarUrl: "" } };
}
