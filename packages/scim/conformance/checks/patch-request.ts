// PATCH: the message, the processing model, and what refuses it (RFC 7644 section 3.5.2).
import { at, listAt, textAt, ENTERPRISE_USER_URN, PATCH_OP_URN, USER_URN } from '../../src/client/client.ts'
import type { Check, Feature } from '../check.ts'
import { ensure, holds, refused, same, status } from '../expect.ts'
import { BAD_PATH, BAD_SYNTAX, BAD_VALUE, MUTABILITY, NO_TARGET, patchCheck, type PatchCase } from '../patch-check.ts'

const ATOMIC = 'RFC 7644 §3.5.2: regardless of the number of operations, SHALL be treated as atomic.'
const work = { value: 'work@c.example', type: 'work', primary: true }
const home = { value: 'home@c.example', type: 'home' }

const rows: readonly PatchCase[] = [
  {
    id: 'PAT-01',
    level: 'SHOULD',
    title: 'PATCH changes what it names and leaves the rest',
    sentence:
      'RFC 7644 §3.5.2: HTTP PATCH is an OPTIONAL server function that enables clients to update one or more attributes of a SCIM resource using a sequence of operations to "add", "remove", or "replace" values.',
    before: { displayName: 'old', name: { familyName: 'Byron' } },
    operations: [{ op: 'replace', path: 'displayName', value: 'new' }],
    expect: { after: { displayName: 'new', name: { familyName: 'Byron' } } },
  },
  {
    id: 'PAT-03',
    level: 'MUST',
    title: 'an unknown op is refused',
    sentence:
      'RFC 7644 §3.5.2: Each PATCH operation object MUST have exactly one "op" member, whose value indicates the operation to perform and MAY be one of "add", "remove", or "replace".',
    operations: [{ op: 'move', path: 'displayName', value: 'x' }],
    expect: BAD_SYNTAX,
  },
  {
    id: 'PAT-04',
    level: 'MUST',
    title: 'an operation without op is refused',
    sentence: 'RFC 7644 §3.5.2: Each PATCH operation object MUST have exactly one "op" member',
    operations: [{ path: 'displayName', value: 'x' }],
    expect: BAD_SYNTAX,
  },
  {
    id: 'PAT-04.2',
    level: 'MUST',
    title: 'an op that is no string is refused',
    sentence: 'RFC 7644 §3.5.2: Each PATCH operation object MUST have exactly one "op" member',
    operations: [{ op: 1, path: 'displayName', value: 'x' }],
    expect: BAD_SYNTAX,
  },
  {
    id: 'PAT-05',
    level: 'MUST',
    title: 'remove without path is noTarget',
    sentence:
      'RFC 7644 §3.5.2.2: If "path" is unspecified, the operation fails with HTTP status code 400 and a "scimType" error code of "noTarget".',
    operations: [{ op: 'remove' }],
    expect: NO_TARGET,
  },
  ...[
    'emails[0]',
    '/emails/0',
    'emails[type eq "work"',
    'emails..value',
    'emails.',
    '.value',
    ' ',
    '$.displayName',
    'emails]',
    'name.givenName.x',
  ].map(
    (path, index): PatchCase => ({
      id: index === 0 ? 'PAT-06' : `PAT-06.${index + 1}`,
      level: 'MUST',
      title: `path ${JSON.stringify(path)} is refused`,
      sentence: 'RFC 7644 §3.5.2: PATH = attrPath / valuePath [subAttr]',
      needs: ['User.emails'],
      operations: [{ op: 'replace', path, value: 'x' }],
      expect: { refused: 400, scimTypes: ['invalidPath', 'invalidFilter', 'noTarget', 'invalidValue'] },
    }),
  ),
  {
    id: 'PAT-07',
    level: 'MUST',
    title: 'an attribute that the schema lacks is refused, and nothing else is done',
    sentence: 'RFC 7644 §3.12: The "path" attribute was invalid or malformed (see Figure 7).',
    operations: [
      { op: 'replace', path: 'displayName', value: 'x' },
      { op: 'replace', path: 'nothingOfTheKind', value: 'x' },
    ],
    expect: { refused: 400, scimTypes: ['invalidPath', 'noTarget'] },
  },
  {
    id: 'PAT-08',
    level: 'MUST',
    title: 'a value of the wrong type is refused',
    sentence:
      "RFC 7644 §3.5.2: Each operation against an attribute MUST be compatible with the attribute's mutability and schema as defined in Sections 2.2 and 2.3 of [RFC7643].",
    operations: [{ op: 'replace', path: 'displayName', value: { x: 1 } }],
    expect: BAD_VALUE,
  },
  ...(['id', 'meta.created', 'meta.resourceType', 'groups'] as const).map(
    (path, index): PatchCase => ({
      id: index === 0 ? 'PAT-09' : `PAT-09.${index + 1}`,
      level: 'MUST',
      title: `replacing ${path} is a mutability error`,
      sentence: 'RFC 7644 §3.5.2: a client MUST NOT modify an attribute that has mutability "readOnly" or "immutable".',
      ...(path === 'groups' ? { needs: ['User.groups'] as const } : {}),
      operations: [{ op: 'replace', path, value: path === 'groups' ? [{ value: 'x' }] : '2020-01-01T00:00:00Z' }],
      expect: MUTABILITY,
    }),
  ),
  {
    id: 'PAT-10',
    level: 'MUST',
    title: 'an extension attribute brings its schema along',
    sentence:
      'RFC 7644 §3.5.2: Clients MAY implicitly modify the "schemas" attribute by adding (or replacing) an attribute with its fully qualified name, including schema URN.',
    needs: ['Enterprise.employeeNumber'],
    operations: [{ op: 'add', path: `${ENTERPRISE_USER_URN}:employeeNumber`, value: '701984' }],
    expect: { after: { schemas: [USER_URN, ENTERPRISE_USER_URN], [ENTERPRISE_USER_URN]: { employeeNumber: '701984' } } },
  },
  {
    id: 'PAT-11',
    level: 'MUST',
    title: 'operations run in the order of the request',
    sentence: 'RFC 7644 §3.5.2: Operations are applied sequentially in the order they appear in the array.',
    needs: ['User.nickName'],
    operations: [
      { op: 'add', path: 'nickName', value: 'a' },
      { op: 'replace', path: 'nickName', value: 'b' },
    ],
    expect: { after: { nickName: 'b' } },
  },
  {
    id: 'PAT-11.2',
    level: 'MUST',
    title: 'members removed and added in one request',
    sentence:
      'RFC 7644 §3.5.2: Each operation in the sequence is applied to the target resource; the resulting resource becomes the target of the next operation.',
    needs: ['Group.members'],
    on: 'group',
    before: (a) => ({ members: [{ value: a }] }),
    operations: (a, b) => [
      { op: 'remove', path: `members[value eq "${a}"]` },
      { op: 'add', path: 'members', value: [{ value: b }] },
    ],
    expect: { after: (_a, b) => ({ members: [{ value: b }] }) },
  },
  {
    id: 'PAT-12',
    level: 'MUST',
    title: 'a new primary takes the mark from the old one',
    sentence:
      'RFC 7644 §3.5.2: a PATCH operation that sets a value\'s "primary" sub-attribute to "true" SHALL cause the server to automatically set "primary" to "false" for any other values in the array.',
    needs: ['User.emails.primary'],
    before: { emails: [work, home] },
    operations: [{ op: 'replace', path: 'emails[type eq "home"].primary', value: true }],
    expect: { after: { emails: [{ type: 'home', primary: true }, { type: 'work' }] } },
  },
  {
    id: 'PAT-13',
    level: 'MUST',
    title: 'when one operation fails none is done',
    sentence: ATOMIC,
    before: { displayName: 'old' },
    operations: [
      { op: 'replace', path: 'displayName', value: 'new' },
      { op: 'replace', path: 'id', value: 'mine' },
    ],
    expect: MUTABILITY,
  },
  {
    id: 'PAT-14',
    level: 'MUST',
    title: 'members added before a failing operation are not added',
    sentence:
      'RFC 7644 §3.5.2: If a single operation encounters an error condition, the original SCIM resource MUST be restored, and a failure status SHALL be returned.',
    needs: ['Group.members'],
    on: 'group',
    operations: (a, b) => [
      { op: 'add', path: 'members', value: [{ value: a }, { value: b }] },
      { op: 'replace', path: 'displayName', value: { x: 1 } },
    ],
    expect: BAD_VALUE,
  },
  {
    id: 'PAT-20',
    level: 'MUST',
    title: 'paths are case-insensitive in all parts',
    sentence:
      'RFC 7644 §3.10: All facets (URN, attribute, and sub-attribute name) of the fully encoded attribute name are case insensitive.',
    needs: ['User.emails'],
    before: { emails: [work] },
    operations: [{ op: 'replace', path: 'EMAILS[TYPE EQ "work"].VALUE', value: 'new@c.example' }],
    expect: { after: { emails: [{ value: 'new@c.example', type: 'work' }] } },
  },
  {
    id: 'PAT-20.2',
    level: 'MUST',
    title: 'a path may carry the core URN',
    sentence: 'RFC 7644 §3.10: Clients MAY omit core schema attribute URN prefixes',
    operations: [{ op: 'add', path: `${USER_URN}:name.familyName`, value: 'Byron' }],
    expect: { after: { name: { familyName: 'Byron' } } },
  },
  {
    id: 'PAT-06.20',
    level: 'MUST',
    title: 'a path that is no string is refused',
    sentence:
      'RFC 7644 §3.5.2: The "path" attribute value is a String containing an attribute path describing the target of the operation.',
    operations: [{ op: 'replace', path: 5, value: 'x' }],
    expect: { refused: 400, scimTypes: ['invalidPath', 'invalidSyntax', 'invalidValue'] },
  },
  {
    id: 'PAT-06.21',
    level: 'MUST',
    title: 'a bad filter inside a path is refused',
    sentence: 'RFC 7644 §3.12: invalidFilter … PATCH (Path Filter - Section 3.5.2)',
    needs: ['User.emails'],
    operations: [{ op: 'replace', path: 'emails[type regex "work"].value', value: 'x@c.example' }],
    expect: { refused: 400, scimTypes: ['invalidFilter', 'invalidPath'] },
  },
  {
    id: 'PAT-06.22',
    level: 'MUST',
    title: 'an unknown schema URN in a path is refused',
    sentence: 'RFC 7644 §3.12: The "path" attribute was invalid or malformed (see Figure 7).',
    operations: [{ op: 'add', path: 'urn:example:nothing:1.0:X:name', value: 'x' }],
    expect: { ...BAD_PATH, scimTypes: ['invalidPath', 'noTarget'] },
  },
]

const others: readonly Check[] = [
  {
    id: 'PAT-02',
    level: 'MUST',
    title: 'a body without the PatchOp schema is refused',
    sentence:
      'RFC 7644 §3.5.2: The body of each request MUST contain the "schemas" attribute with the URI value of "urn:ietf:params:scim:api:messages:2.0:PatchOp".',
    run: async (scim) => {
      const { path, body } = await scim.user()
      const Operations = [{ op: 'add', path: 'displayName', value: 'x' }]
      for (const message of [{ Operations }, { schemas: [USER_URN], Operations }, { schemas: [], Operations }])
        refused(await scim.send({ method: 'PATCH', path, body: message }), 400, 'invalidSyntax', 'invalidValue')
      same(await scim.read(path), body, 'the resource')
    },
  },
  {
    id: 'PAT-03.2',
    level: 'MUST',
    title: 'Operations has to be an array of one or more',
    sentence:
      'RFC 7644 §3.5.2: The body of an HTTP PATCH request MUST contain the attribute "Operations", whose value is an array of one or more PATCH operations.',
    run: async (scim) => {
      const { path } = await scim.user()
      for (const message of [{}, { Operations: {} }, { Operations: 'x' }, { Operations: [1] }, { Operations: [] }])
        refused(
          await scim.send({ method: 'PATCH', path, body: { schemas: [PATCH_OP_URN], ...message } }),
          400,
          'invalidSyntax',
          'invalidValue',
        )
    },
  },
  {
    id: 'PAT-15',
    level: 'MUST',
    title: 'a failure is a SCIM error in the SCIM media type',
    sentence:
      'RFC 7644 §3.5.2: If a request fails, the server SHALL return an HTTP response status code and a JSON detail error response as defined in Section 3.12.',
    run: async (scim) => {
      const { path } = await scim.user()
      const answer = await scim.patch(path, [{ op: 'remove' }])
      refused(answer, 400)
      ensure(
        (answer.headers.get('content-type') ?? '').startsWith('application/scim+json'),
        `Content-Type ${answer.headers.get('content-type')}`,
      )
      ensure((textAt(answer.json, 'detail') ?? '') !== '', 'detail is empty')
    },
  },
  {
    id: 'PAT-16',
    level: 'MUST',
    title: 'success is 200 with the resource or 204 without a body',
    sentence:
      'RFC 7644 §3.5.2: On successful completion, the server either MUST return a 200 OK response code and the entire resource within the response body, subject to the "attributes" query parameter (see Section 3.9), or MAY return HTTP status code 204 (No Content)',
    run: async (scim) => {
      const { path } = await scim.user()
      const answer = status(await scim.patch(path, [{ op: 'add', path: 'displayName', value: 'x' }]), 200, 204)
      if (answer.status === 204) ensure(answer.text === '', 'a 204 has a body')
      else same(answer.json, await scim.read(path), 'the answer')
    },
  },
  {
    id: 'PAT-17',
    level: 'MUST',
    title: 'with attributes the answer is 200 with those',
    sentence: 'RFC 7644 §3.5.2: The server MUST return a 200 OK if the "attributes" parameter is specified in the request.',
    run: async (scim) => {
      const { path, id } = await scim.user({ name: { familyName: 'Byron' } })
      const { json } = status(await scim.patch(`${path}?attributes=displayName`, [{ op: 'add', path: 'displayName', value: 'x' }]), 200)
      holds(json, { id, displayName: 'x', name: null })
    },
  },
  {
    id: 'PAT-17.2',
    level: 'MUST',
    title: 'with attributes a group PATCH is 200 too',
    sentence: 'RFC 7644 §3.5.2: The server MUST return a 200 OK if the "attributes" parameter is specified in the request.',
    needs: ['Group'],
    run: async (scim) => {
      const { path, id } = await scim.group()
      const displayName = scim.unique()
      holds(
        status(await scim.patch(`${path}?attributes=displayName`, [{ op: 'replace', path: 'displayName', value: displayName }]), 200).json,
        { id, displayName },
      )
    },
  },
  {
    id: 'PAT-18',
    level: 'MUST',
    title: 'an unknown resource is 404',
    sentence: 'RFC 7644 §3.12: Specified resource (e.g., User) or endpoint does not exist.',
    run: async (scim) => refused(await scim.patch(`/Users/${crypto.randomUUID()}`, [{ op: 'add', path: 'displayName', value: 'x' }]), 404),
  },
  {
    id: 'PAT-19',
    level: 'MUST',
    title: 'a userName of somebody else is 409 uniqueness',
    sentence: 'RFC 7644 §3.12: One or more of the attribute values are already in use or are reserved.',
    run: async (scim) => {
      const [one, two] = [await scim.user(), await scim.user()]
      refused(await scim.patch(two.path, [{ op: 'replace', path: 'userName', value: one.body['userName'] }]), 409, 'uniqueness')
      same(await scim.read(two.path), two.body, 'the resource')
    },
  },
  {
    id: 'PAT-04.3',
    level: 'MAY',
    title: 'Entra writes its ops with a capital: taken or refused, never half done',
    sentence: 'RFC 7644 §3.5.2: MAY be one of "add", "remove", or "replace".',
    run: async (scim) => {
      const { path } = await scim.user()
      const answer = await scim.patch(path, [{ op: 'Replace', path: 'displayName', value: 'x' }])
      if (answer.status >= 400) refused(answer, 400, 'invalidSyntax', 'invalidValue')
      else holds(await scim.read(path), { displayName: 'x' })
    },
  },
  {
    id: 'USR-08',
    level: 'MUST',
    title: 'a disabled user is still there',
    sentence: "RFC 7643 §4.1.1: A Boolean value indicating the user's administrative status.",
    needs: ['User.active', 'filter'],
    run: async (scim) => {
      const { path, id, body } = await scim.user({ active: true })
      holds(await scim.change(path, { op: 'replace', value: { active: false } }), { active: false })
      ensure(
        (await scim.list('/Users', { filter: `userName eq "${textAt(body, 'userName')}"` })).ids.includes(id),
        'the filter does not find it',
      )
      holds(await scim.change(path, { op: 'replace', path: 'active', value: true }), { active: true })
    },
  },
  {
    id: 'CHR-03',
    level: 'MUST',
    title: 'meta.lastModified moves with a change, not with a refusal',
    sentence: 'RFC 7643 §7: readOnly The attribute SHALL NOT be modified.',
    run: async (scim) => {
      const { path, body } = await scim.user()
      refused(await scim.patch(path, [{ op: 'replace', path: 'meta.lastModified', value: '2030-01-01T00:00:00Z' }]), 400, 'mutability')
      same(at(await scim.read(path), 'meta'), body['meta'], 'meta')
    },
  },
  {
    id: 'LEN-04',
    level: 'SHOULD',
    title: 'a hundred members in one operation',
    sentence: 'RFC 7644 §3.5.2.1: If the target location specifies a multi-valued attribute, a new value is added to the attribute.',
    needs: ['Group.members', 'bulk'],
    run: async (scim) => {
      const operations = Array.from({ length: 100 }, (_, i) => ({ method: 'POST', path: '/Users', bulkId: `u${i}`, data: scim.userBody() }))
      const results = await scim.bulkResults(operations)
      const members = results.map((result) => ({ value: textAt(result, 'location')?.split('/').at(-1) }))
      const { path } = await scim.group()
      same(listAt(await scim.change(path, { op: 'add', path: 'members', value: members }), 'members').length, 100, 'members')
    },
  },
]

export const patchRequest: Feature = { name: 'patch-request', needs: ['patch'], checks: [...rows.map(patchCheck), ...others] }
