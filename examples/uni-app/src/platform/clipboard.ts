import { t } from "../i18n";
import { toast } from "./dialogs";
import { consent } from "./privacy";

/** Copies a text and says so. WeChat counts the clipboard among the personal data. */
export async function copy(data: string): Promise<void> {
  if (!(await consent())) return toast(t("privacy.refused"));
  try {
    await uni.setClipboardData({ data, showToast: false });
    toast(t("action.copied"));
  } catch {
    toast(t("problem.wechat_refused"));
  }
}
