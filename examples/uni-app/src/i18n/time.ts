import { t } from "./index";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** How long ago a moment was, as people say it. */
export function ago(moment: string, now = Date.now()): string {
  const time = new Date(moment);
  const minutes = Math.floor((now - time.getTime()) / MINUTE);
  if (minutes < 1) return t("time.now");
  if (minutes < 60) return t("time.minutes", { n: minutes });
  const clock = [time.getHours(), time.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
  if (isSameDay(time, new Date(now))) return t("time.today", { clock });
  if (isSameDay(time, new Date(now - DAY))) return t("time.yesterday", { clock });
  return date(moment);
}

export function date(moment: string): string {
  const time = new Date(moment);
  return t("time.date", {
    year: time.getFullYear(),
    month: time.getMonth() + 1,
    monthName: MONTHS[time.getMonth()],
    day: time.getDate(),
  });
}

function isSameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}
