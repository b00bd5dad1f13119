import { watchEffect } from "vue";

import { becomeSomebodyNew, person } from "./person";
import { choice, element, say, sheet } from "./sheet";

/** Says, at the bottom of the window, who uses this WeChat. */
export function showBadge(): void {
  const badge = element("button", { className: "wechat-badge", onclick: personSheet });
  watchEffect(() => {
    const { openid } = person.value;
    const who = openid ? `…${openid.slice(-6)}` : say("新用户", "a new person");
    badge.textContent = say(`模拟微信 · ${who}`, `Simulated WeChat · ${who}`);
  });
  document.body.append(badge);
}

async function personSheet(): Promise<void> {
  const yes = await sheet<true>(say("现在是谁在用微信？", "Who is using WeChat?"), (close) => [
    element("p", { className: "wechat-openid" }, person.value.openid ?? say("还没有登录过", "Not signed in yet")),
    choice(say("还是我", "Still me"), say("换一个新用户", "Somebody new"), close),
  ]);
  if (yes) becomeSomebodyNew();
}
