// Sealing of cursors (RFC 9865 section 5.2): AES-256-GCM under a key derived from the caller's token, so that a cursor opens for the
// token it was given to, in every process, and dies with it.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { CursorCodec } from '@plur-enterprise/scim'
import type { ScimCaller } from './caller.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

export const cursorCodec: CursorCodec<ScimCaller> = {
  seal(caller, text) {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', keyOf(caller), nonce, { authTagLength: TAG_BYTES })
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url')
  },

  open(caller, sealed) {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return undefined
    const decipher = createDecipheriv('aes-256-gcm', keyOf(caller), bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      // The tag does not fit: forged, damaged, or of another token.
      return undefined
    }
  },
}

/** The token's id keeps apart what two tokens seal, should their secrets ever be the same. */
function keyOf({ token }: ScimCaller): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token.secretHash, token.id, 'plur scim cursor', 32))
}
