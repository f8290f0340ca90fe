import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/doctor/finding.ts'
import { judgeToken } from '../../src/doctor/token-form.ts'
import { judgeUrl } from '../../src/doctor/url.ts'
import { mintToken } from '../../src/primitives/token.ts'

describe('a base URL', () => {
  test.each<[string, Finding['outcome'], string]>([
    ['https://scim.example.com/scim/v2', 'ok', 'https://scim.example.com/scim/v2'],
    ['https://scim.example.com/scim/v2?aadOptscim062020', 'ok', 'has the flag'],
    ['https://scim.example.com/v2', 'ok', 'https'],
    ['http://127.0.0.1:8080/scim/v2', 'warning', 'http on this machine'],
    ['http://[::1]:8080/scim/v2', 'warning', 'http on this machine'],
    ['http://scim.example.com/scim/v2', 'failed', 'http sends the token in the clear'],
    ['https://scim_1.example.com/scim/v2', 'warning', 'underscore'],
    ['https://scim.example.com/my_scim/v2', 'warning', 'underscore'],
    ['https://scim.example.com/', 'warning', 'does not end in /v2'],
    ['https://scim.example.com/scim', 'warning', 'does not end in /v2'],
    ['https://scim.example.com/scim/v2/', 'warning', 'ends in a slash'],
    ['https://scim.example.com/scim/v2/Users', 'failed', 'goes down to /Users'],
    ['https://scim.example.com/admin/scim', 'failed', 'address of the admin pages'],
    ['https://scim.example.com/scim/v2?x=1', 'failed', 'has a query'],
    ['https://me:secret@scim.example.com/scim/v2', 'failed', 'a name or a password'],
    ['ftp://scim.example.com/scim/v2', 'failed', 'no protocol of SCIM'],
    ['scim.example.com/scim/v2', 'failed', 'is no URL'],
    ['', 'failed', 'is no URL'],
  ])('%s: %s, %s [OK-5 EN-10 URL-02]', (text, outcome, part) => {
    const { findings } = judgeUrl(text)
    expect(findings.map((finding) => `${finding.outcome}: ${finding.text}`).join('\n')).toContain(`${outcome}: `)
    const found = findings.find((finding) => finding.text.includes(part))
    expect(found?.outcome).toBe(outcome)
    if (outcome === 'failed' || outcome === 'warning') expect(found?.advice).toMatch(/\.$/)
  })

  test('whose host cannot be read is not asked', () => {
    expect(judgeUrl('https://').url).toBeUndefined()
    expect(judgeUrl('https://scim.example.com/scim/v2/Users').url).toBeDefined()
  })
})

describe('a token', () => {
  const { token } = mintToken('scim')
  const wrongLast = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')

  test.each<[string, string, Finding['outcome'], string]>([
    ['a sound one', token, 'ok', 'right form'],
    ['one with a wrong last character', wrongLast, 'failed', 'checksum'],
    ['one that was cut off', token.slice(0, -5), 'failed', 'checksum'],
    ['one with a character of the middle lost', token.slice(0, 30) + token.slice(31), 'failed', 'checksum'],
    ['one with the word Bearer', `Bearer ${token}`, 'failed', 'Bearer'],
    ['one with a line break', `${token}\n`, 'failed', 'blanks or line breaks'],
    ['an API key', mintToken('api_key').token, 'failed', 'API key'],
    ['one with a typographic dash', `${token}–`, 'failed', 'no token has'],
    ['none', '', 'failed', 'no token'],
    ['one of another vendor', 'eyJhbGciOiJIUzI1NiJ9.e30.x', 'warning', 'no PLUR token'],
  ])('%s is judged without being sent or repeated [OK-4]', (_name, text, outcome, part) => {
    const finding = judgeToken(text)
    expect(finding.outcome).toBe(outcome)
    expect(finding.text).toContain(part)
    if (text !== '') expect(JSON.stringify(finding)).not.toContain(text.trim())
  })
})
