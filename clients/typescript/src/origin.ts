import { WxloginError } from "./errors.js";

const ORIGIN = /^https?:\/\/[^/?#]+/i;
const DEFAULT_PORT = /^(https:.+):443$|^(http:.+):80$/;

/** Returns the normalised origin of an absolute URL. Mini-programs have no `URL` class. */
export function originOf(url: string): string {
  const match = ORIGIN.exec(url);
  if (!match) throw new WxloginError("origin_not_allowed", `Not an absolute http or https URL: ${url}`);
  return match[0].toLowerCase().replace(DEFAULT_PORT, "$1$2");
}
