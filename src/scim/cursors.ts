// Sealing of cursors (RFC 9865 section 5.2) under a key derived from the caller's token, so that a cursor opens for the token it was given
// to, in every process, and dies with it.
import type { KeyObject } from 'node:crypto'
import type { CursorCodec } from '@plur-enterprise/scim'
import { sealingKey, sealUnder, unsealUnder } from '../primitives/seal.ts'
import type { ScimCaller } from './caller.ts'

/** Keys kept at a time. */
const KEYS_MAX = 100

/** Keeps the keys of the tokens that page just now: each page opens a cursor and seals another. */
export function createCursorCodec(): CursorCodec<ScimCaller> {
  const keys = new Map<string, KeyObject>()

  /** The token's id keeps apart what two tokens seal, should their secrets ever be the same. */
  function keyOf({ token: { id, secretHash } }: ScimCaller): KeyObject {
    const name = `${id} ${Buffer.from(secretHash).toString('base64')}`
    const known = keys.get(name)
    if (known !== undefined) return known
    const key = sealingKey(secretHash, { purpose: 'plur scim cursor', about: id })
    if (keys.size >= KEYS_MAX) keys.clear()
    keys.set(name, key)
    return key
  }

  return {
    seal: (caller, text) => sealUnder(keyOf(caller), text),
    open: (caller, sealed) => unsealUnder(keyOf(caller), sealed),
  }
}
