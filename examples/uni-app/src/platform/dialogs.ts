import { t } from "../i18n";

export interface Question {
  title: string;
  content: string;
  /** Four Chinese characters or eight letters at most. */
  confirmText: string;
}

/** Whether the person says yes. */
export async function ask(question: Question): Promise<boolean> {
  const answer = await uni.showModal({ ...question, cancelText: t("action.cancel") });
  return answer.confirm;
}

/** Says something in passing. */
export function tell(title: string): void {
  uni.showToast({ title, icon: "none" });
}
