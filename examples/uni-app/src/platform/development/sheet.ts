import { language } from "../../i18n";

/** Returns the text in the current language. */
export function localized(zh: string, en: string): string {
  return language.value === "zh" ? zh : en;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Shows a sheet like WeChat's. Returns the value it is closed with, or nothing if it is dismissed. */
export function sheet<T>(
  title: string,
  fill: (close: (answer?: T) => void) => Node[],
): Promise<T | undefined> {
  return new Promise((resolve) => {
    let given: T | undefined;
    const close = (answer?: T) => {
      given = answer;
      dialog.close();
    };
    const dialog = element(
      "dialog",
      { className: "wechat-sheet", ariaLabel: title },
      element("p", { className: "wechat-mark" }, localized("模拟微信", "Simulated WeChat")),
      element("h2", {}, title),
      ...fill(close),
    );
    // WeChat's own sheets close when the user goes back.
    const leave = () => close();
    addEventListener("popstate", leave);
    dialog.addEventListener("close", () => {
      removeEventListener("popstate", leave);
      dialog.remove();
      resolve(given);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Creates the two buttons of a sheet. */
export function choice(no: string, yes: string, close: (answer?: true) => void): Node {
  return element(
    "div",
    { className: "wechat-choice" },
    button(no, () => close()),
    button(yes, () => close(true), "yes"),
  );
}

export function button(text: string, onclick: () => void, kind = ""): HTMLButtonElement {
  return element("button", { className: `wechat-button ${kind}`, onclick }, text);
}
