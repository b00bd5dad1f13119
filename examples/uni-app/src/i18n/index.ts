import { onShow } from "@dcloudio/uni-app";
import { ref, watch, watchEffect } from "vue";

import { en } from "./en";
import { zh } from "./zh";

export type Language = "zh" | "en";
export type TextKey = keyof typeof zh;
export type Texts = Record<TextKey, string>;

const STORED = "language";
const TEXTS: Record<Language, Texts> = { zh, en };

/** The language chosen here before, or else the system's. */
export const language = ref<Language>(stored() ?? system());

watch(language, (chosen) => uni.setStorageSync(STORED, chosen));
// #ifdef H5
watchEffect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});
// #endif

/** A text in the current language, with its `{placeholders}` filled in. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return TEXTS[language.value][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

export function hasText(key: string): key is TextKey {
  return key in zh;
}

/** Keeps the page's title in the current language. */
export function useTitle(key: TextKey): void {
  const show = () => uni.setNavigationBarTitle({ title: t(key) });
  onShow(show);
  watch(language, show);
}

function stored(): Language | undefined {
  const value: unknown = uni.getStorageSync(STORED);
  return value === "zh" || value === "en" ? value : undefined;
}

function system(): Language {
  return uni.getLocale().startsWith("zh") ? "zh" : "en";
}
