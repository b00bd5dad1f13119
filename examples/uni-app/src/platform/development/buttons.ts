import type { App, ComponentPublicInstance } from "vue";

import { consented } from "./consent";
import { phoneCode } from "./person";
import { avatarSheet, phoneSheet } from "./sheets";

type Button = ComponentPublicInstance & { openType: string; disabled: boolean };

/** What the values of `open-type` do; each gives the event that follows, if any. */
const ABILITIES: Record<string, () => Promise<CustomEvent | undefined>> = {
  async chooseAvatar() {
    await consented();
    const avatarUrl = await avatarSheet();
    return avatarUrl ? event("chooseavatar", { avatarUrl }) : undefined;
  },

  async getPhoneNumber() {
    try {
      await consented();
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

/** Gives `<button open-type>` its abilities, and every button what keyboards and readers need. */
export function playButtons(app: App): void {
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
        const follows = await ABILITIES[this.openType]?.().catch(() => undefined);
        if (follows) element.dispatchEvent(follows);
      });
    },
  });
}

function event(name: string, detail: object): CustomEvent {
  return new CustomEvent(name, { detail });
}
