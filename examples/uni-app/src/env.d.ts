/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where wxlogin is, without a slash at the end. */
  readonly VITE_WXLOGIN_URL?: string;
  /** Where the simulated WeChat is; for the browser only. */
  readonly VITE_SIMULATOR_URL?: string;
}

/** What is used of WeChat beyond `uni`. A member that may be absent is so in older base libraries. */
interface Wechat {
  getSystemInfoSync(): { SDKVersion: string };
  /** From 2.20.1 on. */
  getAppBaseInfo?(): { SDKVersion: string };
  /** From 2.32.3 on, as everything about privacy. */
  onNeedPrivacyAuthorization?(listener: (answer: PrivacyAnswer) => void): void;
  requirePrivacyAuthorize?(callbacks: { success?(): void; fail?(): void }): void;
  openPrivacyContract?(callbacks: { success?(): void; fail?(): void }): void;
}

type PrivacyAnswer = (
  answer: { event: "exposureAuthorization" | "disagree" } | { event: "agree"; buttonId: string },
) => void;

declare const wx: Wechat;
