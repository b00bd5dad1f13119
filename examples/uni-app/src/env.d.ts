/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** wxlogin's URL, without a trailing slash. */
  readonly VITE_WXLOGIN_URL?: string;
  /** The simulated WeChat's URL; for the browser only. */
  readonly VITE_SIMULATOR_URL?: string;
}

/** The members of `wx` that `uni` lacks. Older base libraries do not have the optional ones. */
interface Wechat {
  getSystemInfoSync(): { SDKVersion: string };
  /** Since base library 2.20.1. */
  getAppBaseInfo?(): { SDKVersion: string };
  /** Since base library 2.32.3, as the other privacy calls. */
  onNeedPrivacyAuthorization?(listener: (answer: PrivacyAnswer) => void): void;
  requirePrivacyAuthorize?(callbacks: { success?(): void; fail?(): void }): void;
  openPrivacyContract?(callbacks: { success?(): void; fail?(): void }): void;
}

type PrivacyAnswer = (
  answer: { event: "exposureAuthorization" | "disagree" } | { event: "agree"; buttonId: string },
) => void;

declare const wx: Wechat;
