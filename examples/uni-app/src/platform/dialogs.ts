import { t } from "../i18n";

/** As in app.css, whose names dialogs do not know. */
const LIGHT = { accent: "#07833f", danger: "#c22f2f" };
const DARK = { accent: "#3ecf80", danger: "#ff8a84" };

export interface Question {
  title: string;
  content: string;
  /** Four Chinese characters or eight letters at most. */
  confirmText: string;
  /** Whether what follows cannot be undone. */
  final?: boolean;
}

/** Whether the person says yes. */
export async function ask({ final, ...question }: Question): Promise<boolean> {
  const { confirm } = await uni.showModal({
    ...question,
    cancelText: t("action.cancel"),
    confirmColor: colours()[final ? "danger" : "accent"],
  });
  return confirm;
}

/** Says something in passing. */
export function tell(title: string): void {
  uni.showToast({ title, icon: "none" });
}

function colours() {
  return uni.getSystemInfoSync().theme === "dark" ? DARK : LIGHT;
}
