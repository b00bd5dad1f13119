declare const crypto: { getRandomValues(bytes: Uint8Array): Uint8Array } | undefined;

/**
 * Returns cryptographically random bytes, or those of `Math.random` if there is no such source. These
 * are enough for an idempotency key, which is valid for one minute and only together with the login
 * code it was sent with.
 */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return typeof crypto === "undefined"
    ? bytes.map(() => Math.random() * 256)
    : crypto.getRandomValues(bytes);
}
