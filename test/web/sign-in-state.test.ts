// What a browser keeps while its person is at the identity provider: for ten minutes, unread and unchanged.
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createCookies } from '../../src/web/cookies.ts'
import { keepSignInState, readSignInState } from '../../src/web/sign-in-state.ts'

const sealing = randomBytes(32)
const cookies = createCookies({ https: true })
const STATE = { provider: 'p', state: 's', nonce: 'n', verifier: 'very-secret-verifier', next: '/me' }

const clockAt = (seconds: number) => ({ now: () => new Date(seconds * 1000), monotonicMs: () => 0 })
const kept = keepSignInState({ cookies, clock: clockAt(0) }, sealing, STATE)
const [pair = ''] = kept.split(';', 1)

const read = (cookie: string, { seconds = 1, key = sealing } = {}) =>
  readSignInState({ cookies, clock: clockAt(seconds), request: { header: () => cookie } }, key)

test('comes back as it was kept, in a cookie that only this server reads', () => {
  expect(read(pair)).toEqual(STATE)
  expect(kept).toMatch(/^__Host-plur_sign_in=.+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  expect(Buffer.from(pair.split('=')[1] ?? '', 'base64url').toString('latin1')).not.toContain('very-secret')
})

test.each([
  ['after ten minutes', pair, { seconds: 601 }],
  ['before it was kept', pair, { seconds: -1 }],
  ['under another key', pair, { key: randomBytes(32) }],
  ['changed', `${pair}A`, {}],
  ['made up', '__Host-plur_sign_in=eyJwcm92aWRlciI6InAifQ', {}],
  ['not there', '', {}],
])('is nothing %s', (_, cookie, when) => {
  expect(read(cookie, when)).toBeUndefined()
})
