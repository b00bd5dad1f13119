import { person } from "./person";

let ask: ((answer: PrivacyAnswer) => void) | undefined;

/** Registers the function that asks for consent. */
export function onNeedPrivacyAuthorization(listener: (answer: PrivacyAnswer) => void): void {
  ask = listener;
}

/** Waits for consent to the use of personal data; fails if the user refuses. */
export function requireConsent(): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!ask || person.value.agreed) return resolve();
    ask(({ event }) => {
      if (event === "agree") {
        person.value.agreed = true;
        resolve();
      }
      if (event === "disagree") reject(new Error("privacy permission is not authorized"));
    });
  });
}
