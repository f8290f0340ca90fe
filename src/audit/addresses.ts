// How client addresses are kept: as they are, or as a keyed hash under which equal addresses stay equal (PLUR_AUDIT_HASH_IPS).
import { createHmac, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'

/** What becomes of an address before it is written anywhere. */
export type KeepAddress = (address: string) => string

export const keepPlain: KeepAddress = (address) => address

/** Hashes under a key of this database, so that an exported audit log can not be turned back by trying all addresses. */
export function keepHashed(key: Uint8Array): KeepAddress {
  return (address) => `hmac:${createHmac('sha256', key).update(address).digest('base64url').slice(0, 22)}`
}

/** The key all processes of this database use; made at the first call. */
export async function getAddressKey(work: Work): Promise<Uint8Array> {
  const { rows } = await sql<{ secret: Buffer }>`
    insert into server_secrets (name, secret) values ('audit_address', ${randomBytes(32)})
    on conflict (name) do update set name = excluded.name
    returning secret`.execute(work.db)
  const secret = rows[0]?.secret
  if (secret === undefined) throw new Error('the key for addresses could not be made')
  return secret
}
