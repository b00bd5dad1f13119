import { watchEffect } from "vue";

import { switchToNewUser, person } from "./person";
import { choice, element, localized, sheet } from "./sheet";

/** Shows the current user of the simulated WeChat at the bottom of the window. */
export function showBadge(): void {
  const badge = element("button", { className: "wechat-badge", onclick: personSheet });
  watchEffect(() => {
    const { openid } = person.value;
    const who = openid ? `…${openid.slice(-6)}` : localized("新用户", "new user");
    badge.textContent = localized(`模拟微信 · ${who}`, `Simulated WeChat · ${who}`);
  });
  document.body.append(badge);
}

async function personSheet(): Promise<void> {
  const yes = await sheet<true>(localized("切换微信用户", "Switch WeChat user"), (close) => [
    element("p", { className: "wechat-openid" }, person.value.openid ?? localized("尚未登录", "Not signed in yet")),
    choice(localized("保持当前用户", "Keep this user"), localized("换成新用户", "New user"), close),
  ]);
  if (yes) switchToNewUser();
}
