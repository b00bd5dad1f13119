import { t } from "../i18n";

/** The colours of app.css. Dialogs cannot use its variables. */
const LIGHT = { accent: "#07833f", danger: "#c22f2f" };
const DARK = { accent: "#3ecf80", danger: "#ff8a84" };

export interface Question {
  title: string;
  content: string;
  /** At most four Chinese characters or eight letters. */
  confirmText: string;
  /** Whether the action deletes something or signs someone out. Its button has the same colour. */
  destructive?: boolean;
}

/** Asks the user and returns whether the user agreed. */
export async function confirm({ destructive, ...question }: Question): Promise<boolean> {
  const result = await uni.showModal({
    ...question,
    cancelText: t("action.cancel"),
    confirmColor: colours()[destructive ? "danger" : "accent"],
  });
  return result.confirm;
}

/** Shows a short message: two lines at most. */
export function toast(title: string): void {
  uni.showToast({ title, icon: "none", duration: 2500 });
}

function colours() {
  return uni.getSystemInfoSync().theme === "dark" ? DARK : LIGHT;
}
