import { WxloginError } from "./errors.js";
import type { AbortSignalLike } from "./signal.js";

export interface Limits {
  /** The timeout in milliseconds. */
  timeout?: number | undefined;
  /** Cancels the call. */
  signal?: AbortSignalLike | undefined;
}

/**
 * Starts `work` and waits for it. On a timeout or cancellation, fails with `timeout` or `cancelled`
 * and calls `abort`; without `abort`, the work continues for other callers.
 */
export function withLimits<T>(
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
