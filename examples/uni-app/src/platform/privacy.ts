import { ref } from "vue";

/** Whether WeChat waits for the person's consent; `PrivacySheet` asks for it. */
export const asking = ref(false);

/** Several uses of personal data can wait for the one consent. */
let waiting: PrivacyAnswer[] = [];

/** From now on WeChat has the mini-program ask. Base libraries before 2.32.3 ask nothing. */
export function listenForPrivacy(): void {
  wx.onNeedPrivacyAuthorization?.((answer) => {
    waiting.push(answer);
    asking.value = true;
    answer({ event: "exposureAuthorization" });
  });
}

/** The person has pressed the button with this id, whose `open-type` is agreePrivacyAuthorization. */
export function agree(buttonId: string): void {
  answerAll({ event: "agree", buttonId });
}

export function refuse(): void {
  answerAll({ event: "disagree" });
}

/** Shows what the mini-program does with personal data, as filled in at mp.weixin.qq.com. */
export function openContract(): void {
  wx.openPrivacyContract?.({});
}

/** Whether the person consents: asks unless that was done before. */
export function consent(): Promise<boolean> {
  return new Promise((resolve) => {
    if (!wx.requirePrivacyAuthorize) return resolve(true);
    wx.requirePrivacyAuthorize({ success: () => resolve(true), fail: () => resolve(false) });
  });
}

function answerAll(answer: Parameters<PrivacyAnswer>[0]): void {
  const answers = waiting;
  waiting = [];
  asking.value = false;
  for (const each of answers) each(answer);
}
