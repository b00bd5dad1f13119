import type { PhoneCode } from "./person";
import { pictures } from "./pictures";
import { button, choice, element, localized, sheet } from "./sheet";

/** Returns the URL of the chosen picture, if the user chooses one. */
export async function avatarSheet(): Promise<string | undefined> {
  const builtIn = await pictures();
  const chosen = await sheet<Blob>(localized("选择头像", "Choose a picture"), (close) => [
    element(
      "div",
      { className: "wechat-pictures" },
      ...builtIn.map(({ name, blob }) => {
        const picture = element("img", { src: URL.createObjectURL(blob), alt: name });
        return element("button", { className: "wechat-picture", onclick: () => close(blob) }, picture);
      }),
    ),
    fileButton(close),
  ]);
  return chosen && URL.createObjectURL(chosen);
}

/** Returns whether the user allows access to the phone number. */
export function phoneSheet({ countryCode, phoneNumber }: Omit<PhoneCode, "code">) {
  return sheet<true>(localized("申请获取你的手机号", "Requests your phone number"), (close) => [
    element("p", { className: "wechat-number" }, `+${countryCode} ${phoneNumber}`),
    choice(localized("不允许", "Don't allow"), localized("允许", "Allow"), close),
  ]);
}

/** Returns whether the user allows access to nickname and picture. */
export function profileSheet() {
  return sheet<true>(localized("申请获取你的昵称、头像", "Requests your nickname and picture"), (close) => [
    choice(localized("拒绝", "Refuse"), localized("允许", "Allow"), close),
  ]);
}

/** Shows the privacy guidelines. */
export async function contractSheet(): Promise<void> {
  await sheet<true>(localized("用户隐私保护指引", "Privacy guidelines"), (close) => [
    element(
      "p",
      {},
      localized(
        "在微信里，这里显示你在微信公众平台填写的《用户隐私保护指引》。",
        "In WeChat, this shows the privacy guidelines that you entered at mp.weixin.qq.com.",
      ),
    ),
    button(localized("关闭", "Close"), () => close(), "wide"),
  ]);
}

function fileButton(close: (file?: Blob) => void): Node {
  const input = element("input", {
    type: "file",
    accept: "image/png,image/jpeg,image/webp",
    hidden: true,
    onchange: () => close(input.files?.[0]),
  });
  const choose = button(localized("从文件选择", "Choose a file"), () => input.click(), "wide");
  choose.append(input);
  return choose;
}
