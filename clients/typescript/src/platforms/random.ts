declare const crypto: { getRandomValues(bytes: Uint8Array): Uint8Array } | undefined;

/**
 * Bytes nobody can guess, where there is a source of them. Without one they are only unlikely to
 * come twice, which is enough to repeat a login with: an idempotency key holds for a minute, and
 * only together with the login code it was sent with.
 */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return typeof crypto === "undefined"
    ? bytes.map(() => Math.random() * 256)
    : crypto.getRandomValues(bytes);
}
