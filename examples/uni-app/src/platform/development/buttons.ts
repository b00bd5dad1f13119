import type { App, ComponentPublicInstance } from "vue";

import { requireConsent } from "./consent";
import { phoneCode } from "./person";
import { avatarSheet, phoneSheet } from "./sheets";

type Button = ComponentPublicInstance & { openType: string; disabled: boolean };

/** The action of each `open-type`. Returns the event to dispatch, if any. */
const ACTIONS: Record<string, () => Promise<CustomEvent | undefined>> = {
  async chooseAvatar() {
    await requireConsent();
    const avatarUrl = await avatarSheet();
    return avatarUrl ? event("chooseavatar", { avatarUrl }) : undefined;
  },

  async getPhoneNumber() {
    try {
      await requireConsent();
      const { code, ...number } = await phoneCode();
      if (!(await phoneSheet(number))) throw new Error("user deny");
      return event("getphonenumber", { code, errMsg: "getPhoneNumber:ok" });
    } catch (failure) {
      const { message } = failure as Error;
      return event("getphonenumber", { errMsg: `getPhoneNumber:fail ${message}` });
    }
  },

  async agreePrivacyAuthorization() {
    return event("agreeprivacyauthorization", {});
  },
};

/** Implements `<button open-type>`, and makes every button accessible. */
export function enableButtons(app: App): void {
  app.mixin({
    mounted(this: Button) {
      if (this.$options.name !== "Button") return;
      const element = this.$el as HTMLElement;
      element.tabIndex = 0;
      element.role = "button";
      element.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          element.click();
        }
      });
      element.addEventListener("click", async () => {
        if (this.disabled) return;
        const result = await ACTIONS[this.openType]?.().catch(() => undefined);
        if (result) element.dispatchEvent(result);
      });
    },
  });
}

function event(name: string, detail: object): CustomEvent {
  return new CustomEvent(name, { detail });
}
