import { person } from "./person";

let ask: ((answer: PrivacyAnswer) => void) | undefined;

/** The mini-program will ask for consent. */
export function onNeedPrivacyAuthorization(listener: (answer: PrivacyAnswer) => void): void {
  ask = listener;
}

/** Waits for consent to the use of personal data; fails if the person refuses. */
export function consented(): Promise<void> {
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
