import { WxloginError } from "./errors.js";
import type { AbortSignalLike } from "./signal.js";

export interface Limits {
  /** How long to wait, in milliseconds. */
  timeout?: number | undefined;
  /** Ends the wait when it is aborted. */
  signal?: AbortSignalLike | undefined;
}

/**
 * Starts `work` and waits for it within the limits. Past them it is given up with `timeout` or
 * `cancelled`, after a call of `abort`; without one the work itself goes on, for others who wait.
 */
export function within<T>(
  { timeout, signal }: Limits,
  work: () => Promise<T>,
  abort = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal && signal.aborted) return reject(new WxloginError("cancelled"));

    const done = () => {
      clearTimeout(timer);
      if (signal) signal.removeEventListener("abort", cancel);
    };
    const giveUp = (code: "timeout" | "cancelled") => {
      done();
      reject(new WxloginError(code));
      abort();
    };
    const cancel = () => giveUp("cancelled");
    const timer = timeout === undefined ? timeout : setTimeout(() => giveUp("timeout"), timeout);
    if (signal) signal.addEventListener("abort", cancel);
    work().then(resolve, reject).then(done);
  });
}
