import { requireConsent, onNeedPrivacyAuthorization } from "./consent";
import { loginCode } from "./person";
import { SDKVersion, userProfile } from "./profile";
import { contractSheet } from "./sheets";

/** WeChat's calls that browsers lack. */
export const wechat = {
  getAppBaseInfo: () => ({ SDKVersion }),
  login: call("login", async () => ({ code: await loginCode() })),
  getUserProfile: call("getUserProfile", userProfile),
  onNeedPrivacyAuthorization,
  requirePrivacyAuthorize: call("requirePrivacyAuthorize", requireConsent),
  openPrivacyContract: call("openPrivacyContract", contractSheet),
};

interface Callbacks<T> {
  success?(result: T & { errMsg: string }): void;
  fail?(failure: { errMsg: string }): void;
}

/** Wraps a call as `uni` does: with callbacks, or else with a promise. */
function call<T extends object | void>(name: string, work: () => Promise<T>) {
  return ({ success, fail }: Callbacks<T> = {}) => {
    const result = work().then(
      (value) => ({ ...value, errMsg: `${name}:ok` }),
      ({ message }: Error) => {
        throw { errMsg: `${name}:fail ${message}` };
      },
    );
    if (!success && !fail) return result;
    result.then(success, fail);
  };
}
