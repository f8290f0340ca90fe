// Keys that all processes of one database share and no admin has to think of, such as those that seal cookies.
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Work } from './work.ts'

export type ServerSecretName = 'audit_address' | 'web_forms' | 'sealing'

const BYTES = 32

/** The key of that name, 256 bits; made at the first call by whichever process comes first. */
export async function getServerSecret(work: Work, name: ServerSecretName): Promise<Buffer> {
  const { rows } = await sql<{ secret: Buffer }>`
    insert into server_secrets (name, secret) values (${name}, ${randomBytes(BYTES)})
    on conflict (name) do update set name = excluded.name
    returning secret`.execute(work.db)
  const secret = rows[0]?.secret
  if (secret === undefined) throw new Error(`the key ${name} could not be made`)
  return secret
}
