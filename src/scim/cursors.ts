// Sealing of cursors (RFC 9865 section 5.2) under a key derived from the caller's token, so that a cursor opens for the token it was given
// to, in every process, and dies with it.
import type { CursorCodec } from '@plur-enterprise/scim'
import { type SealUse, seal, unseal } from '../primitives/seal.ts'
import type { ScimCaller } from './caller.ts'

export const cursorCodec: CursorCodec<ScimCaller> = {
  seal: (caller, text) => seal(caller.token.secretHash, useOf(caller), text),
  open: (caller, sealed) => unseal(caller.token.secretHash, useOf(caller), sealed),
}

/** The token's id keeps apart what two tokens seal, should their secrets ever be the same. */
const useOf = ({ token }: ScimCaller): SealUse => ({ purpose: 'plur scim cursor', about: token.id })
