import { onShow } from "@dcloudio/uni-app";
import { ref, watch, watchEffect } from "vue";

import { en } from "./en";
import { zh } from "./zh";

export type Language = "zh" | "en";
export type TextKey = keyof typeof zh;
export type Texts = Record<TextKey, string>;

const STORAGE_KEY = "language";
const TEXTS: Record<Language, Texts> = { zh, en };

/** The language chosen earlier, or the system's. */
export const language = ref<Language>(storedLanguage() ?? systemLanguage());

watch(language, (chosen) => uni.setStorageSync(STORAGE_KEY, chosen));
// #ifdef H5
watchEffect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});
// #endif

/** Returns a text in the current language, with its `{placeholders}` filled in. */
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

function storedLanguage(): Language | undefined {
  const value: unknown = uni.getStorageSync(STORAGE_KEY);
  return value === "zh" || value === "en" ? value : undefined;
}

function systemLanguage(): Language {
  return uni.getLocale().startsWith("zh") ? "zh" : "en";
}
