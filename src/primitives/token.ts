// Bearer secrets: `plur_scim_<id>_<secret>_<checksum>` for SCIM, `plur_sk_…` for API keys, `plur_session_…` for sessions (design section 6). The id finds the row, the
// secret proves it, and the checksum lets a scanner or `doctor` tell a typing error from an unknown token without asking anyone.
import { hash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { encodeBase62, encodeBase62Bytes, isBase62 } from './base62.ts'

export type TokenKind = 'scim' | 'api_key' | 'session'

export type ParsedToken = { readonly kind: TokenKind; readonly id: string; readonly secret: string }

/** A new secret. `token` is the whole text, to be shown once; only `secretHash` may be kept. */
export type MintedToken = { readonly id: string; readonly token: string; readonly secretHash: Buffer }

const PREFIX: Readonly<Record<TokenKind, string>> = { scim: 'plur_scim_', api_key: 'plur_sk_', session: 'plur_session_' }
const KINDS: readonly TokenKind[] = ['scim', 'api_key', 'session']
const ID_LENGTH = 16
const SECRET_BYTES = 32
/** Base-62 digits of 256 bits. */
const SECRET_LENGTH = 43
/** Base-62 digits of 32 bits. */
const CHECKSUM_LENGTH = 6

/** Makes a token with a random id (95 bits) and a random secret (256 bits). */
export function mintToken(kind: TokenKind): MintedToken {
  let id = ''
  for (let i = 0; i < ID_LENGTH; i++) id += encodeBase62(BigInt(randomInt(62)), 1)
  const secret = encodeBase62Bytes(randomBytes(SECRET_BYTES), SECRET_LENGTH)
  return { id, token: formatToken({ kind, id, secret }), secretHash: hashSecret(secret) }
}

/** The text of a token, with its checksum. */
export function formatToken({ kind, id, secret }: ParsedToken): string {
  const body = `${PREFIX[kind]}${id}_${secret}_`
  return body + checksum(body)
}

/** Reads a token; undefined when its form or its checksum is wrong. Says nothing about whether it was ever issued. */
export function parseToken(text: string): ParsedToken | undefined {
  const kind = tokenKind(text)
  if (kind === undefined) return undefined
  const [id, secret, sum, ...rest] = text.slice(PREFIX[kind].length).split('_', 4)
  if (id === undefined || secret === undefined || sum === undefined || rest.length > 0) return undefined
  if (!isBase62(id, ID_LENGTH) || !isBase62(secret, SECRET_LENGTH) || !isBase62(sum, CHECKSUM_LENGTH)) return undefined
  return sum === checksum(text.slice(0, -CHECKSUM_LENGTH)) ? { kind, id, secret } : undefined
}

/** What a text claims to be by its prefix, whether or not the rest is sound. */
export function tokenKind(text: string): TokenKind | undefined {
  return KINDS.find((kind) => text.startsWith(PREFIX[kind]))
}

/** SHA-256: enough for a secret of 256 random bits, and cheap enough for every request. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

/** Compares two hashes in a time that does not depend on where they differ. */
export function equalHashes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function checksum(body: string): string {
  return encodeBase62(BigInt(crc32(body)), CHECKSUM_LENGTH)
}
