// Sealing: text that the server hands out or stores and wants back unread and unchanged. AES-256-GCM under keys that are derived for one
// purpose each, so that what was sealed for one opens for no other.
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32

/** What a sealed text is for: `about` names whose it is, such as a token's or an account's id. */
export type SealUse = { readonly purpose: string; readonly about: string }

/** Seals text under a key of its own, made from a secret for this use. */
export const seal = (secret: Uint8Array, use: SealUse, text: string): string => sealUnder(sealingKey(secret, use), text)

/** The text; undefined for what was forged, damaged, or sealed with another secret or for another use. */
export const unseal = (secret: Uint8Array, use: SealUse, sealed: string): string | undefined => unsealUnder(sealingKey(secret, use), sealed)

/** The key itself, for whoever seals much under one: making it costs more than using it. */
export function sealingKey(secret: Uint8Array, { purpose, about }: SealUse): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', secret, about, purpose, KEY_BYTES)))
}

export function sealUnder(key: KeyObject, text: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url')
}

export function unsealUnder(key: KeyObject, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return undefined
  }
}
