import type { ErrorCode, WxloginError } from "./errors.js";

/** The delay before each retry in milliseconds. */
const DELAYS = [500, 2000];

/** The failures after which it is unknown whether the server handled the request. */
const LOST: ErrorCode[] = ["network", "timeout", "unexpected_answer"];

/** Retries a request whose response was lost. The request must be safe to repeat. */
export async function retryIfLost<T>(send: () => Promise<T>): Promise<T> {
  for (const delay of DELAYS) {
    try {
      return await send();
    } catch (error) {
      if (!LOST.includes((error as WxloginError).code)) throw error;
    }
    await new Promise<void>((resolve) => setTimeout(resolve, delay));
  }
  return send();
}
