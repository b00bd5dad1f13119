import type { ErrorCode, WxloginError } from "./errors.js";

/** How long to wait before each repetition, in milliseconds. */
const PAUSES = [500, 2000];

/** The failures after which nobody knows what became of the request. */
const LOST: ErrorCode[] = ["network", "timeout", "unexpected_answer"];

/** Sends again what was not answered: the same request, so that it can be known for a repetition. */
export async function repeatWhenLost<T>(send: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await send();
    } catch (error) {
      if (!LOST.includes((error as WxloginError).code)) throw error;
    }
    await new Promise<void>((resolve) => setTimeout(resolve, pause));
  }
  return send();
}
