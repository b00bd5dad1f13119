import type { PhoneCode } from "./person";
import { pictures } from "./pictures";
import { button, choice, element, say, sheet } from "./sheet";

/** The address of the picture that is chosen, if one is. */
export async function avatarSheet(): Promise<string | undefined> {
  const builtIn = await pictures();
  const chosen = await sheet<Blob>(say("选择头像", "Choose a picture"), (close) => [
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

/** Whether the mini-program may know the number. */
export function phoneSheet({ countryCode, phoneNumber }: Omit<PhoneCode, "code">) {
  return sheet<true>(say("申请获取你的手机号", "Asks for your phone number"), (close) => [
    element("p", { className: "wechat-number" }, `+${countryCode} ${phoneNumber}`),
    choice(say("不允许", "Refuse"), say("允许", "Allow"), close),
  ]);
}

/** Whether the mini-program may know who this is. */
export function profileSheet() {
  return sheet<true>(say("申请获取你的昵称、头像", "Asks for your name and picture"), (close) => [
    choice(say("拒绝", "Refuse"), say("允许", "Allow"), close),
  ]);
}

/** What the mini-program does with personal data. */
export async function contractSheet(): Promise<void> {
  await sheet<true>(say("用户隐私保护指引", "Privacy guidelines"), (close) => [
    element(
      "p",
      {},
      say(
        "在微信里，这里显示你在公众平台填写的《用户隐私保护指引》。",
        "In WeChat this shows what you have written about privacy at mp.weixin.qq.com.",
      ),
    ),
    button(say("关闭", "Close"), () => close(), "wide"),
  ]);
}

function fileButton(close: (file?: Blob) => void): Node {
  const input = element("input", {
    type: "file",
    accept: "image/png,image/jpeg,image/webp",
    hidden: true,
    onchange: () => close(input.files?.[0]),
  });
  const choose = button(say("从文件选择", "Choose a file"), () => input.click(), "wide");
  choose.append(input);
  return choose;
}
