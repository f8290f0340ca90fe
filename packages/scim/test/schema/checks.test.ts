import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../src/schema/attribute.ts'
import { GROUP_SCHEMA, USER_SCHEMA } from '../../src/schema/core.ts'
import { checkCertificate } from '../../src/schema/certificate.ts'
import { checkUserName } from '../../src/schema/user-name.ts'
import { cpuClock } from '../cpu.ts'

const attributeAt = (path: string, attributes: readonly Attribute[] = USER_SCHEMA.attributes): Attribute => {
  const [first = '', ...rest] = path.split('.')
  const found = attributes.find(({ name }) => name === first)
  if (found === undefined) throw new Error(`there is no ${path}`)
  return rest.length === 0 ? found : attributeAt(rest.join('.'), found.subAttributes)
}

const problem = (path: string, value: string, attributes?: readonly Attribute[]) => attributeAt(path, attributes).check?.(value)

describe('userName', () => {
  test.each([
    ['alice'],
    ['alice@example.com'],
    ['Bob Builder'],
    ['9f0cd0aa-7b4e-4bd8-95ae-43b4ccad9e3b'],
    ['éva'],
    ['e\u0301va'],
    ['ｂｏｂ'],
    ['דנה@example.com'],
    ['สำคัญ'],
    ["o'brien+test@example.com"],
    ['bob😀'],
  ])('may be %s [I18-01 RC-15]', (userName) => {
    expect(checkUserName(userName)).toBeUndefined()
  })

  test.each([
    ['blank', '  '],
    ['empty', ''],
    ['a space at the end', 'admin@x '],
    ['a space at the beginning', ' admin@x'],
    ['a control character', 'a\u0001b'],
    ['a line break', 'a\nb'],
    ['a mark that turns the direction of text', 'a\u200eb'],
    ['a zero-width space', 'a\u200bb'],
    ['a zero-width joiner', 'a\u200db'],
    ['a soft hyphen', 'a\u00adb'],
    ['an invisible letter', 'a\u3164b'],
    ['a variation selector', 'a\ufe0fb'],
    ['a replacement character', 'a\ufffdb'],
    ['a byte order mark', '\ufeffab'],
    ['a no-break space', 'a\u00a0b'],
    ['an ideographic space', 'a\u3000b'],
    ['a line separator', 'a\u2028b'],
    ['a private character', 'a\ue000b'],
    ['an unassigned character', 'a\u0378b'],
    ['a noncharacter', 'a\uffffb'],
    ['a tag character', 'a\u{e0041}b'],
  ])('must not have %s [USR-01 I18-01 C6]', (_name, userName) => {
    expect(checkUserName(userName)).toMatch(/^must not/)
  })

  test('a long one is judged in linear time [G4]', () => {
    const cpuMs = cpuClock()
    checkUserName(`${' '.repeat(65_000)}x`)
    checkUserName(`x${' '.repeat(65_000)}x`)
    expect(cpuMs()).toBeLessThan(500)
  })
})

describe('values of User', () => {
  test.each([
    ['emails.value', 'bjensen@EXAMPLE.COM'],
    ['emails.value', `${'l'.repeat(64)}@${'d'.repeat(185)}.com`],
    ['emails.value', '"a@b"@example.com'],
    ['locale', 'en_US'],
    ['locale', 'RANDOM'],
    ['photos.value', 'https://photos.example.com/a.jpg'],
    ['photos.value', 'HTTP://photos.example.com/a.jpg'],
    ['profileUrl', 'RANDOM'],
    ['profileUrl', 'https://example.com/javascript:1'],
    ['profileUrl', 'users/data'],
    ['emails.value', 'no-at-sign'],
  ])('%s may be %s [USR-07 USR-14 USR-17 LEN-03 EN-70]', (path, value) => {
    expect(problem(path, value)).toBeUndefined()
  })

  test.each([
    ['emails.value', 'two words'],
    ['emails.value', 'bjensen@example.com\n'],
    ['emails.value', 'bell\u0007@example.com'],
    ['locale', 'en US'],
    ['locale', 'en\tUS'],
    ['photos.value', 'ftp://photos.example.com/a.jpg'],
    ['photos.value', 'photos/a.jpg'],
    ['photos.value', 'http:///a.jpg'],
    ['photos.value', 'javascript:alert(1)'],
    ['profileUrl', 'javascript:alert(1)'],
    ['profileUrl', 'JavaScript:alert(1)'],
    ['profileUrl', 'vbscript:x'],
    ['profileUrl', 'data:text/html,x'],
  ])('%s must not be %s [USR-07 USR-14 USR-17 L1]', (path, value) => {
    expect(problem(path, value)).toMatch(/^must/)
  })

  test.each(['preferredLanguage', 'timezone', 'phoneNumbers.value', 'ims.value', 'addresses.country', 'roles.value', 'title'])(
    '%s is taken as it comes [USR-15 USR-16 USR-23 EN-70 RC-17]',
    (path) => {
      expect(attributeAt(path).check).toBeUndefined()
    },
  )

  test('the name of a group must not be blank [GRP-01 E2]', () => {
    expect(problem('displayName', ' \t', GROUP_SCHEMA.attributes)).toBe('must not be blank')
    expect(problem('displayName', 'engineering/platform', GROUP_SCHEMA.attributes)).toBeUndefined()
  })
})

describe('certificates', () => {
  /** A SEQUENCE with so many octets of content, its length written in as many octets as given. */
  const der = (content: number, lengthOctets = 0): number[] => {
    const long = Array.from({ length: lengthOctets }, (_, index) => Math.floor(content / 256 ** (lengthOctets - 1 - index)) % 256)
    return [0x30, ...(lengthOctets === 0 ? [content] : [0x80 + lengthOctets, ...long]), ...Array.from({ length: content }, () => 5)]
  }
  const base64 = (octets: readonly number[]) => btoa(String.fromCharCode(...octets))

  test.each([
    ['in the short form', der(3)],
    ['with one octet of length', der(200, 1)],
    ['with two octets of length', der(1200, 2)],
    ['with two octets of length and another padding', der(1201, 2)],
    ['with three octets of length', der(70_000, 3)],
  ])('one SEQUENCE %s is fine, with and without padding [USR-22 JSN-12]', (_name, octets) => {
    expect(checkCertificate(base64(octets))).toBeUndefined()
    expect(checkCertificate(base64(octets).replace(/=+$/, ''))).toBeUndefined()
  })

  test.each([
    ['two certificates', base64([...der(1200, 2), ...der(1200, 2)])],
    ['three short ones', base64([...der(3), ...der(3), ...der(3)])],
  ])('%s is refused [USR-22]', (_name, value) => {
    expect(checkCertificate(value)).toMatch(/^must be base64 of/)
  })

  test.each([
    ['random octets', base64([0x04, 1, 5])],
    ['random octets that begin like a SEQUENCE', base64([0x30, 7, 5])],
    ['a SEQUENCE and a rest', base64([...der(1200, 2), 0])],
    ['the text of a PEM file', btoa('-----BEGIN CERTIFICATE-----')],
    ['an indefinite length', base64([0x30, 0x80, 1, 2, 0, 0])],
    ['a tag alone', base64([0x30])],
  ])('%s are opaque and let through', (_name, value) => {
    expect(checkCertificate(value)).toBeUndefined()
  })
})
