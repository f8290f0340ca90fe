// Codes of authenticator apps (RFC 6238: SHA-1, six digits, 30 seconds, as every app understands), and what a new app is told.
import { Secret, TOTP } from 'otpauth'

const PERIOD_SECONDS = 30
/** Steps before and after the present one that count too, for clocks that differ. */
const WINDOW = 1
const SECRET_BYTES = 20

/** A new secret, in base 32 as people type it. */
export const newTotpSecret = (): string => new Secret({ size: SECRET_BYTES }).base32

/** What an app reads from a QR code; `issuer` and `label` are what it shows. */
export function totpUri(secret: string, { issuer, label }: { issuer: string; label: string }): string {
  return new TOTP({ issuer, label, secret, period: PERIOD_SECONDS }).toString()
}

/** The time step that a code belongs to, undefined when it belongs to none near `at`. */
export function totpStep(secret: string, code: string, at: Date): number | undefined {
  const token = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const delta = new TOTP({ secret, period: PERIOD_SECONDS }).validate({ token, timestamp: at.getTime(), window: WINDOW })
  return delta === null ? undefined : Math.floor(at.getTime() / 1000 / PERIOD_SECONDS) + delta
}
