import { ref } from "vue";

/** Whether WeChat waits for the user's consent. `PrivacySheet` asks for it. */
export const asking = ref(false);

/** The uses of personal data that wait for the consent. */
let waiting: PrivacyAnswer[] = [];

/** Lets the mini-program ask for consent itself. Base libraries before 2.32.3 need no consent. */
export function listenForPrivacy(): void {
  wx.onNeedPrivacyAuthorization?.((answer) => {
    waiting.push(answer);
    asking.value = true;
    answer({ event: "exposureAuthorization" });
  });
}

/** To be called when the user taps the agreePrivacyAuthorization button with this id. */
export function agree(buttonId: string): void {
  answerAll({ event: "agree", buttonId });
}

export function refuse(): void {
  answerAll({ event: "disagree" });
}

/** Shows the privacy guidelines that were entered at mp.weixin.qq.com. */
export function openContract(): void {
  wx.openPrivacyContract?.({});
}

/** Asks for consent unless the user has given it, and returns whether it was given. */
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
