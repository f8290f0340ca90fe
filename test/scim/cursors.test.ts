// Sealed cursors: open for the token they were given to, for nobody else, and not when one bit is different.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ScimCaller } from '../../src/scim/caller.ts'
import { createCursorCodec } from '../../src/scim/cursors.ts'

const cursorCodec = createCursorCodec()

const callerOf = (id: string, secretHash: Uint8Array = randomBytes(32)): ScimCaller => ({
  profile: 'generic',
  orgId: 'o',
  org: 'o',
  token: { id, name: 'n', externalIdImmutable: false, secretHash },
  requestId: 'r',
  ip: '::1',
  userAgent: undefined,
  receivedAt: 0,
  admitted: Promise.resolve(true),
  isDropped: () => false,
  trail: { recorded: false, reads: [], late: [] },
})

describe('a sealed cursor', () => {
  const caller = callerOf('a')

  test('opens for its own token, in whatever process', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const sealed = cursorCodec.seal(caller, text)
        expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(cursorCodec.open({ ...caller, requestId: 'other' }, sealed)).toBe(text.toWellFormed())
      }),
    )
  })

  test('shows nothing of what is in it', () => {
    expect(Buffer.from(cursorCodec.seal(caller, 'alice@example.com'), 'base64url').toString('latin1')).not.toContain('alice')
    expect(cursorCodec.seal(caller, 'x')).not.toBe(cursorCodec.seal(caller, 'x'))
  })

  test('opens for no other token [B6]', () => {
    const sealed = cursorCodec.seal(caller, 'x')
    expect(cursorCodec.open(callerOf('a'), sealed)).toBeUndefined()
    expect(cursorCodec.open(callerOf('b', caller.token.secretHash), sealed)).toBeUndefined()
  })

  test('opens only untouched', () => {
    const bytes = Buffer.from(cursorCodec.seal(caller, '["q",10,1,[1]]'), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Buffer.from(bytes)
      forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(cursorCodec.open(caller, forged.toString('base64url'))).toBeUndefined()
    }
  })

  test.each(['', 'x', '....', 'a'.repeat(37), `${'A'.repeat(60)}=`, '\0'])('that is none opens to nothing: %j', (sealed) => {
    expect(cursorCodec.open(caller, sealed)).toBeUndefined()
  })
})
