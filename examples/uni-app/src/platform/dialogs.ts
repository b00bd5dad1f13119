import { t } from "../i18n";

/** The colours of app.css. Dialogs cannot use its variables. */
const LIGHT = { accent: "#07833f", danger: "#c22f2f" };
const DARK = { accent: "#3ecf80", danger: "#ff8a84" };

export interface Question {
  title: string;
  content: string;
  /** At most four Chinese characters or eight letters. */
  confirmText: string;
  /** Whether the action cannot be undone. */
  irreversible?: boolean;
}

/** Asks the user and returns whether the user agreed. */
export async function confirm({ irreversible, ...question }: Question): Promise<boolean> {
  const result = await uni.showModal({
    ...question,
    cancelText: t("action.cancel"),
    confirmColor: colours()[irreversible ? "danger" : "accent"],
  });
  return result.confirm;
}

/** Shows a short message. */
export function toast(title: string): void {
  uni.showToast({ title, icon: "none" });
}

function colours() {
  return uni.getSystemInfoSync().theme === "dark" ? DARK : LIGHT;
}
