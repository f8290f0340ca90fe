// Data types and attribute values (RFC 7643 sections 2.3 to 2.5, 4.1 and 4.3; RFC 7644 section 5).
import { at, listAt, textAt, ENTERPRISE_USER_URN, USER_URN, type Members } from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Check, Feature, Level } from '../check.ts'
import type { Need } from '../need.ts'
import { ensure, holds, refused, same, status } from '../expect.ts'

type ValueCase = {
  readonly id: string
  readonly level: Level
  readonly title: string
  readonly sentence: string
  readonly needs: readonly Need[]
  readonly value: Members
  /** Read back so; `refused` for 400 invalidValue; `eitherWay` for one of both, but never anything else. */
  readonly expect: 'refused' | { readonly stored: Members } | { readonly eitherWay: Members }
}

/** A user with one interesting value: stored, or refused. */
function valueCheck({ id, level, title, sentence, needs, value, expect }: ValueCase): Check {
  const run: Check['run'] = async (scim) => {
    const answer = await scim.post('/Users', scim.userBody(value))
    if (expect === 'refused' || ('eitherWay' in expect && answer.status !== 201))
      return refused(answer, 400, 'invalidValue', 'invalidSyntax')
    status(answer, 201)
    holds(await scim.read(`/Users/${textAt(answer.json, 'id')}`), 'stored' in expect ? expect.stored : expect.eitherWay)
  }
  return { id, level, title, sentence, needs, run }
}

const email = (value: string, more: Members = {}) => ({ value, ...more })

export const values: Feature = {
  name: 'values',
  checks: [
    {
      id: 'JSN-01',
      level: 'MUST',
      title: 'text of every language comes back byte for byte, also without a charset',
      sentence:
        'RFC 7644 §3.8: Servers MUST accept requests and be able to return JSON-structured responses using UTF-8 encoding [RFC3629].',
      run: async (scim) => {
        const displayName = 'Zoë 東京 Ελένη محمد 𝒳 👩‍💻'
        for (const type of ['application/scim+json', 'application/scim+json; charset=utf-8']) {
          const answer = status(await scim.post('/Users', scim.userBody({ displayName }), { 'content-type': type }), 201)
          holds(await scim.read(`/Users/${textAt(answer.json, 'id')}`), { displayName })
        }
      },
    },
    {
      id: 'JSN-03',
      level: 'MUST',
      title: 'attribute names are case-insensitive',
      sentence: 'RFC 7643 §2.1: Attribute names are case insensitive',
      run: async (scim) => {
        const userName = scim.unique()
        const answer = status(await scim.post('/Users', { schemas: [USER_URN], USERNAME: userName, Name: { GIVENNAME: 'Ada' } }), 201)
        holds(answer.json, { userName, name: { givenName: 'Ada' } })
      },
    },
    {
      id: 'JSN-17',
      level: 'MUST',
      title: 'the order of members in an object does not matter',
      sentence: 'RFC 7643 §2.3.8: Servers and clients MUST NOT require or expect attributes to be in any specific order',
      run: async (scim) => {
        const userName = scim.unique()
        holds(status(await scim.post('/Users', { name: { familyName: 'B', givenName: 'A' }, userName, schemas: [USER_URN] }), 201).json, {
          userName,
        })
      },
    },
    {
      id: 'JSN-25',
      level: 'MUST',
      title: 'null and [] mean unassigned',
      sentence:
        'RFC 7643 §2.5: Unassigned attributes, the null value, or an empty array (in the case of a multi-valued attribute) SHALL be considered to be equivalent in "state".',
      run: async (scim) => {
        const { path } = await scim.user({ nickName: null, emails: [] })
        const now = await scim.read(path)
        ensure((now['nickName'] ?? null) === null && listAt(now, 'emails').length === 0, 'nickName and emails are unassigned')
      },
    },
    {
      id: 'JSN-27',
      level: 'MAY',
      title: 'U+0000 in a string is refused or kept, never a server error',
      sentence: 'RFC 8259 §7: a JSON string may escape any character, U+0000 too, which many stores cannot hold.',
      run: async (scim) => {
        const answer = await scim.post('/Users', `{"schemas":["${USER_URN}"],"userName":"${scim.unique()}","displayName":"a\\u0000b"}`)
        if (answer.status !== 201) refused(answer, 400, 'invalidValue', 'invalidSyntax')
      },
    },
    {
      id: 'JSN-28',
      level: 'MAY',
      title: 'members that differ by case only are ambiguous: refused, or one of them is taken',
      sentence: 'RFC 8259 §4: The names within an object SHOULD be unique.',
      run: async (scim) => {
        const [first, second] = [scim.unique(), scim.unique()]
        const answer = await scim.post('/Users', `{"schemas":["${USER_URN}"],"userName":"${first}","username":"${second}"}`)
        if (answer.status !== 201) return refused(answer, 400)
        ensure([first, second].includes(textAt(answer.json, 'userName') ?? ''), 'userName is neither of the two')
      },
    },
    {
      id: 'JSN-29',
      level: 'MAY',
      title: 'very deep nesting is refused quickly',
      sentence: 'RFC 8259 §9: An implementation may set limits on the maximum depth of nesting.',
      run: async (scim) => {
        const depth = 20_000
        const body = `{"schemas":["${USER_URN}"],"userName":"${scim.unique()}","displayName":${'['.repeat(depth)}${']'.repeat(depth)}}`
        refused(await scim.post('/Users', body), [400, 413])
        ensure((scim.last?.ms ?? 0) < 5000, `it took ${scim.last?.ms} ms`)
      },
    },
    {
      id: 'JSN-29.2',
      level: 'MUST',
      title: '__proto__ and constructor in a body are inert',
      sentence: 'RFC 8259 §4: names are only strings; they have no power over the server.',
      run: async (scim) => {
        const body = `{"schemas":["${USER_URN}"],"userName":"${scim.unique()}","__proto__":{"active":false},"constructor":{"prototype":{"x":1}}}`
        const answer = await scim.post('/Users', body)
        if (answer.status !== 201) refused(answer, 400)
        const { body: other } = await scim.user()
        ensure(at(other, 'x') === undefined && at(other, 'active') !== false, 'another user was changed by it')
      },
    },
    valueCheck({
      id: 'JSN-07',
      level: 'MUST',
      title: 'a number is no string',
      sentence: 'RFC 7643 §2.3.1: A sequence of zero or more Unicode characters encoded using UTF-8',
      needs: ['User.displayName'],
      value: { displayName: 123 },
      expect: 'refused',
    }),
    valueCheck({
      id: 'JSN-07.2',
      level: 'MUST',
      title: 'an object is no string',
      sentence: 'RFC 7643 §2.3.1: A sequence of zero or more Unicode characters encoded using UTF-8',
      needs: ['User.displayName'],
      value: { displayName: { value: 'x' } },
      expect: 'refused',
    }),
    valueCheck({
      id: 'JSN-08',
      level: 'MUST',
      title: 'a word is no boolean',
      sentence: 'RFC 7643 §2.3.2: The literal "true" or "false".',
      needs: ['User.active'],
      value: { active: 'yes' },
      expect: 'refused',
    }),
    valueCheck({
      id: 'JSN-05.2',
      level: 'MUST',
      title: 'a simple sub-attribute takes no object',
      sentence: 'RFC 7643 §1.2: A simple attribute MUST NOT contain sub-attributes.',
      needs: ['User.name.givenName'],
      value: { name: { givenName: { x: 1 } } },
      expect: 'refused',
    }),
    valueCheck({
      id: 'JSN-18',
      level: 'MUST',
      title: 'a complex attribute takes no plain string',
      sentence: 'RFC 7643 §2.3.8: A singular or multi-valued attribute whose value is a composition of one or more simple attributes',
      needs: ['User.name'],
      value: { name: 'Ada Byron' },
      expect: 'refused',
    }),
    {
      id: 'JSN-20',
      level: 'MUST',
      title: 'two primary values are refused, or one of them loses its mark',
      sentence: 'RFC 7643 §2.4: The primary attribute value "true" MUST appear no more than once.',
      needs: ['User.emails.primary'],
      run: async (scim) => {
        const emails = [email('a@c.example', { type: 'work', primary: true }), email('b@c.example', { type: 'home', primary: true })]
        const answer = await scim.post('/Users', scim.userBody({ emails }))
        if (answer.status !== 201) return refused(answer, 400, 'invalidValue')
        ensure(listAt(answer.json, 'emails').filter((element) => at(element, 'primary') === true).length <= 1, 'two e-mails are primary')
      },
    },
    valueCheck({
      id: 'JSN-24',
      level: 'SHOULD',
      title: 'the same value under two types is kept twice',
      sentence:
        'RFC 7643 §2.4: Service providers MAY return element objects with the same "value" sub-attribute more than once with a different "type" sub-attribute',
      needs: ['User.emails'],
      value: { emails: [email('same@c.example', { type: 'work' }), email('same@c.example', { type: 'home' })] },
      expect: { stored: { emails: [{ type: 'work' }, { type: 'home' }] } },
    }),
    {
      id: 'JSN-24.2',
      level: 'SHOULD',
      title: 'the same value and type is kept once',
      sentence: 'RFC 7643 §2.4: SHOULD NOT return the same (type, value) combination more than once per attribute',
      needs: ['User.emails'],
      run: async (scim) => {
        const one = email('same@c.example', { type: 'work' })
        const answer = await scim.post('/Users', scim.userBody({ emails: [one, one] }))
        if (answer.status !== 201) return refused(answer, 400)
        same(listAt(answer.json, 'emails').length, 1, 'number of e-mails')
      },
    },
    {
      id: 'JSN-23',
      level: 'SHOULD',
      title: 'a type in capitals is the same type',
      sentence: 'RFC 7643 §2.4: When returning multi-valued attributes, service providers SHOULD canonicalize the value returned',
      needs: ['User.emails.type', 'filter'],
      run: async (scim) => {
        const { body, id } = await scim.user({ emails: [email('a@c.example', { type: 'WORK' })] })
        const { ids } = await scim.list('/Users', { filter: `userName eq "${textAt(body, 'userName')}" and emails[type eq "work"]` })
        ensure(ids.includes(id), 'emails[type eq "work"] does not find type WORK')
      },
    },
    valueCheck({
      id: 'USR-23',
      level: 'MAY',
      title: 'a type outside the canonical values is stored or refused',
      sentence: 'RFC 7643 §4.1.2: MAY allow additional type values to be used at the discretion of SCIM clients.',
      needs: ['User.emails.type'],
      value: { emails: [email('a@c.example', { type: 'vacation' })] },
      expect: { eitherWay: { emails: [{ type: 'vacation' }] } },
    }),
    valueCheck({
      id: 'JSN-12',
      level: 'MUST',
      title: 'binary that is no base64 is refused',
      sentence: 'RFC 7643 §2.3.6: The attribute value MUST be base64 encoded as specified in Section 4 of [RFC4648].',
      needs: ['User.x509Certificates.value'],
      value: { x509Certificates: [{ value: '@@@' }] },
      expect: 'refused',
    }),
    valueCheck({
      id: 'JSN-13',
      level: 'MUST',
      title: 'a URL is kept as sent',
      sentence: 'RFC 7643 §2.3.7: The value MUST be the absolute or relative URI of the target resource.',
      needs: ['User.profileUrl'],
      value: { profileUrl: 'https://c.example/Ada?x=1#y' },
      expect: { stored: { profileUrl: 'https://c.example/Ada?x=1#y' } },
    }),
    valueCheck({
      id: 'USR-15',
      level: 'SHOULD',
      title: 'an RFC 3966 phone number is accepted',
      sentence: "RFC 7643 §4.1.2: The value SHOULD be specified according to the format defined in [RFC3966], e.g., 'tel:+1-201-555-0123'.",
      needs: ['User.phoneNumbers'],
      value: { phoneNumbers: [{ value: 'tel:+1-201-555-0123', type: 'work' }] },
      expect: { stored: { phoneNumbers: [{ type: 'work' }] } },
    }),
    valueCheck({
      id: 'USR-18',
      level: 'MUST',
      title: 'an alpha-2 country is accepted',
      sentence: 'RFC 7643 §4.1.2: When specified, the value MUST be in ISO 3166-1 "alpha-2" code format [ISO3166]',
      needs: ['User.addresses.country'],
      value: { addresses: [{ type: 'work', country: 'SE', streetAddress: 'Line 1\nLine 2' }] },
      expect: { stored: { addresses: [{ country: 'SE', streetAddress: 'Line 1\nLine 2' }] } },
    }),
    valueCheck({
      id: 'USR-07',
      level: 'MAY',
      title: 'locale, preferredLanguage and timezone round-trip',
      sentence: 'RFC 7643 §4.1.1: A valid value is a language tag as defined in [RFC5646].',
      needs: ['User.locale', 'User.preferredLanguage', 'User.timezone'],
      value: { locale: 'en-US', preferredLanguage: 'da, en-gb;q=0.8, en;q=0.7', timezone: 'America/Los_Angeles' },
      expect: { stored: { locale: 'en-US', preferredLanguage: 'da, en-gb;q=0.8, en;q=0.7', timezone: 'America/Los_Angeles' } },
    }),
    {
      id: 'USR-14',
      level: 'SHOULD',
      title: 'an e-mail is found whatever the case of its domain',
      sentence: 'RFC 7643 §4.1.2: Service providers SHOULD canonicalize the value according to [RFC5321]',
      needs: ['User.emails', 'filter'],
      run: async (scim) => {
        const address = scim.unique()
        const { id } = await scim.user({ emails: [email(address.replace('conformance.example', 'CONFORMANCE.example'), { type: 'work' })] })
        ensure((await scim.list('/Users', { filter: `emails.value eq "${address}"` })).ids.includes(id), 'it is not found in lower case')
      },
    },
    {
      id: 'LEN-01',
      level: 'MUST',
      title: 'a long value is kept whole or refused, never cut',
      sentence: 'RFC 7644 §3.1: SCIM responses SHALL reflect resource state as interpreted by the SCIM service provider.',
      needs: ['User.displayName'],
      run: async (scim) => {
        const displayName = 'x'.repeat(10_000)
        const answer = await scim.post('/Users', scim.userBody({ displayName }))
        if (answer.status !== 201) return refused(answer, [400, 413], 'invalidValue')
        holds(answer.json, { displayName })
      },
    },
    {
      id: 'LEN-03',
      level: 'MUST',
      title: 'an e-mail of 254 characters is accepted',
      sentence: 'RFC 5321 §4.5.3.1: local parts of 64 and paths of 254 octets have to be handled.',
      needs: ['User.emails'],
      run: async (scim) => {
        const domain = `${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(59)}.example`
        const value = `${'l'.repeat(254 - 1 - domain.length)}@${domain}`
        holds((await scim.user({ emails: [email(value)] })).body, { emails: [{ value }] })
      },
    },
    {
      id: 'I18-01',
      level: 'MUST',
      title: 'userNames that differ by width or composition only are the same',
      sentence:
        'RFC 7644 §5: Before comparing or evaluating the uniqueness of a "userName" or "password" attribute, service providers MUST use the preparation, enforcement, and comparison of internationalized strings (PRECIS) preparation and comparison rules',
      run: async (scim) => {
        const name = scim.unique()
        for (const [stored, again] of [
          [`bob-${name}`, `ｂｏｂ-${name}`],
          [`\u00e9va-${name}`, `E\u0301va-${name}`],
        ]) {
          await scim.user({ userName: stored })
          refused(await scim.post('/Users', scim.userBody({ userName: again })), [409, 400], 'uniqueness', 'invalidValue')
        }
      },
    },
    {
      id: 'I18-03',
      level: 'MUST',
      title: 'case mapping is no full folding: ß is not ss',
      sentence: 'RFC 8265 §3.3: Map uppercase and titlecase code points to their lowercase equivalents',
      run: async (scim) => {
        const name = scim.unique()
        await scim.user({ userName: `strasse-${name}` })
        await scim.user({ userName: `straße-${name}` })
      },
    },
    {
      id: 'ENT-01',
      level: 'SHOULD',
      title: 'a manager gets the URI of the user',
      sentence: "RFC 7643 §4.3: The URI of the SCIM resource representing the User's manager. RECOMMENDED.",
      needs: ['Enterprise.manager'],
      run: async (scim) => {
        const manager = await scim.user({ displayName: 'Ada Byron' })
        const { path } = await scim.user({ [ENTERPRISE_USER_URN]: { manager: { value: manager.id } } })
        const shown = at(await scim.read(path), ENTERPRISE_USER_URN, 'manager')
        ensure(textAt(shown, 'value') === manager.id, 'manager.value is the id')
        const reference = textAt(shown, '$ref')
        if (reference === undefined) throw new CheckSkipped('manager.$ref is not returned')
        ensure(reference.endsWith(manager.path), `manager.$ref is ${reference}`)
      },
    },
    {
      id: 'ENT-02',
      level: 'MUST',
      title: 'manager.displayName of the client is ignored',
      sentence: 'RFC 7643 §4.3: The displayName of the user\'s manager. This attribute is OPTIONAL, and mutability is "readOnly".',
      needs: ['Enterprise.manager'],
      run: async (scim) => {
        const manager = await scim.user({ displayName: 'Ada Byron' })
        const { path } = await scim.user({ [ENTERPRISE_USER_URN]: { manager: { value: manager.id, displayName: 'Forged' } } })
        ensure(textAt(await scim.read(path), ENTERPRISE_USER_URN, 'manager', 'displayName') !== 'Forged', 'the forged name came back')
      },
    },
  ],
}
