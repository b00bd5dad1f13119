import { t } from "./index";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Formats a time relative to now, for example "5 min ago". */
export function relativeTime(time: string, now = Date.now()): string {
  const at = new Date(time);
  const minutes = Math.floor((now - at.getTime()) / MINUTE);
  if (minutes < 1) return t("time.now");
  if (minutes < 60) return t("time.minutes", { n: minutes });
  const clock = [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
  if (isSameDay(at, new Date(now))) return t("time.today", { clock });
  if (isSameDay(at, new Date(now - DAY))) return t("time.yesterday", { clock });
  return formatDate(time);
}

export function formatDate(time: string): string {
  const at = new Date(time);
  return t("time.date", {
    year: at.getFullYear(),
    month: at.getMonth() + 1,
    monthName: MONTHS[at.getMonth()],
    day: at.getDate(),
  });
}

function isSameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}
