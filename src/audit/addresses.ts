// How client addresses are kept: as they are, or as a keyed hash under which equal addresses stay equal (PLUR_AUDIT_HASH_IPS).
import { createHmac } from 'node:crypto'

/** What becomes of an address before it is written anywhere. */
export type KeepAddress = (address: string) => string

export const keepPlain: KeepAddress = (address) => address

/** Hashes under a key of this database, so that an exported audit log can not be turned back by trying all addresses. */
export function keepHashed(key: Uint8Array): KeepAddress {
  return (address) => `hmac:${createHmac('sha256', key).update(address).digest('base64url').slice(0, 22)}`
}
