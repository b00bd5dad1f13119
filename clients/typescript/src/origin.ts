import { WxloginError } from "./errors.js";

const ORIGIN = /^https?:\/\/[^/?#]+/i;
const DEFAULT_PORT = /^(https:.+):443$|^(http:.+):80$/;

/** The origin of an absolute URL, in one spelling. Mini-programs have no `URL` to ask. */
export function originOf(url: string): string {
  const match = ORIGIN.exec(url);
  if (!match) throw new WxloginError("origin_not_allowed", `not an absolute http URL: ${url}`);
  return match[0].toLowerCase().replace(DEFAULT_PORT, "$1$2");
}
