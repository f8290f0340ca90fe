// Creating resources (RFC 7644 section 3.3) and what the server adds to them (RFC 7643 sections 3 and 3.1).
import { at, listAt, textAt, ENTERPRISE_USER_URN, GROUP_URN, USER_URN, type Members } from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Feature } from '../check.ts'
import { ensure, holds, object, refused, same, status } from '../expect.ts'
import type { Session } from '../session.ts'

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** A request that must be refused with 400. */
const refuses =
  (body: (scim: Session) => unknown, ...scimTypes: readonly string[]) =>
  async (scim: Session) =>
    refused(await scim.post('/Users', body(scim)), 400, ...scimTypes)

export const create: Feature = {
  name: 'create',
  checks: [
    {
      id: 'CRE-03',
      level: 'MUST',
      title: 'POST answers 201',
      sentence: 'RFC 7644 §3.3: an HTTP response SHALL be returned with HTTP status code 201 (Created).',
      run: async (scim) => {
        await scim.user()
      },
    },
    {
      id: 'CRE-04',
      level: 'SHOULD',
      title: 'the 201 holds the resource',
      sentence: "RFC 7644 §3.3: The response body SHOULD contain the service provider's representation of the newly created resource.",
      run: async (scim) => {
        const body = scim.userBody()
        const made = await scim.make('/Users', body)
        ensure(textAt(made.body, 'userName') === body['userName'], 'userName comes back as sent')
        ensure(listAt(made.body, 'schemas').includes(USER_URN), 'schemas names User')
      },
    },
    {
      id: 'CRE-05',
      level: 'MUST',
      title: 'Location and meta.location hold the same absolute URI, and it answers',
      sentence:
        'RFC 7644 §3.3: The URI of the created resource SHALL include, in the HTTP "Location" header and the HTTP body, a JSON representation [RFC7159] with the attribute "meta.location".',
      run: async (scim) => {
        const { exchange, path, id } = await scim.user()
        const location = textAt(exchange.json, 'meta', 'location') ?? ''
        ensure(exchange.headers.get('location') === location, `Location ${exchange.headers.get('location')}, meta.location ${location}`)
        ensure(/^https?:\/\/[^?#]+$/.test(location) && location.endsWith(`/${id}`), `${location} is no absolute URI of the resource`)
        ensure(location.endsWith(path), `${location} does not end with ${path}`)
      },
    },
    {
      id: 'CRE-06',
      level: 'MUST',
      title: 'a second user with the same userName is 409 uniqueness',
      sentence:
        'RFC 7644 §3.3: the service provider MUST return HTTP status code 409 (Conflict) with a "scimType" error code of "uniqueness"',
      run: async (scim) => {
        const { body } = await scim.user()
        refused(await scim.post('/Users', scim.userBody({ userName: body['userName'] })), 409, 'uniqueness')
      },
    },
    {
      id: 'USR-03',
      level: 'MUST',
      title: 'userName is unique whatever its case',
      sentence: 'RFC 7643 §4.1.1: This attribute is REQUIRED and is case insensitive.',
      run: async (scim) => {
        const userName = scim.unique()
        await scim.user({ userName })
        refused(await scim.post('/Users', scim.userBody({ userName: userName.toUpperCase() })), 409, 'uniqueness')
      },
    },
    {
      id: 'CHR-07',
      level: 'MUST',
      title: 'of two simultaneous creations of one userName exactly one succeeds',
      sentence: "RFC 7643 §4.1.1: This identifier MUST be unique across the service provider's entire set of Users.",
      run: async (scim) => {
        const body = scim.userBody()
        const answers = await Promise.all(Array.from({ length: 4 }, () => scim.post('/Users', body)))
        const codes = answers.map((answer) => answer.status).sort((a, b) => a - b)
        ensure(codes.join(' ') === '201 409 409 409', `statuses ${codes.join(' ')}`)
      },
    },
    {
      id: 'CRE-07',
      level: 'MUST',
      title: 'GET shows what the 201 showed',
      sentence: 'RFC 7644 §3.1: SCIM responses SHALL reflect resource state as interpreted by the SCIM service provider.',
      run: async (scim) => {
        const made = await scim.user({ name: { givenName: 'Ada', familyName: 'Byron' }, active: true })
        same(await scim.read(made.path), made.body, 'GET after POST')
      },
    },
    {
      id: 'CRE-08',
      level: 'MAY',
      title: 'a defaulted active is returned and can be filtered for',
      sentence:
        'RFC 7644 §3.3: The service provider MAY assign a default value to non-asserted attributes in the final resource representation.',
      needs: ['filter', 'User.active'],
      run: async (scim) => {
        const { body, id } = await scim.user()
        if (body['active'] === undefined) throw new CheckSkipped('active is not defaulted')
        const { ids } = await scim.list('/Users', {
          filter: `userName eq "${textAt(body, 'userName')}" and active eq ${JSON.stringify(body['active'])}`,
        })
        ensure(ids.includes(id), 'the filter on the defaulted value does not find the user')
      },
    },
    {
      id: 'CRE-09',
      level: 'MUST',
      title: 'a body that is no JSON object is 400',
      sentence: 'RFC 7644 §3.12: The request body message structure was invalid or did not conform to the request schema.',
      run: async (scim) => {
        for (const body of ['{', '[]', '"x"', 'null', '1', '{"userName":}'])
          refused(await scim.post('/Users', body), 400, 'invalidSyntax', 'invalidValue')
      },
    },
    {
      id: 'USR-01',
      level: 'MUST',
      title: 'a user without userName is 400',
      sentence: 'RFC 7643 §4.1.1: Each User MUST include a non-empty userName value.',
      run: refuses(() => ({ schemas: [USER_URN] }), 'invalidValue', 'invalidSyntax'),
    },
    {
      id: 'USR-01.2',
      level: 'MUST',
      title: 'an empty userName is 400',
      sentence: 'RFC 7643 §4.1.1: Each User MUST include a non-empty userName value.',
      run: refuses(() => ({ schemas: [USER_URN], userName: '' }), 'invalidValue', 'invalidSyntax'),
    },
    {
      id: 'CRE-10',
      level: 'MUST',
      title: 'attributes cuts the 201 down',
      sentence:
        'RFC 7644 §3.9: Clients MAY request a partial resource representation on any operation that returns a resource within the response',
      run: async (scim) => {
        const { json } = status(await scim.post('/Users?attributes=userName', scim.userBody({ name: { familyName: 'Byron' } })), 201)
        ensure(textAt(json, 'userName') !== undefined && textAt(json, 'id') !== undefined, 'id and userName are shown')
        ensure(at(json, 'name') === undefined, 'name is not shown')
      },
    },
    {
      id: 'CRE-02',
      level: 'MUST',
      title: 'readOnly attributes of the body are ignored',
      sentence: 'RFC 7644 §3.3: attributes whose mutability is "readOnly" (see Sections 2.2 and 7 of [RFC7643]) SHALL be ignored.',
      run: async (scim) => {
        const meta = {
          resourceType: 'Group',
          created: '1999-01-01T00:00:00Z',
          lastModified: '1999-01-01T00:00:00Z',
          location: 'http://evil.example/',
        }
        const { body, id } = await scim.user({ id: 'mine', meta, groups: [{ value: 'admins' }] })
        ensure(id !== 'mine', 'the client chose the id')
        ensure(at(body, 'meta', 'resourceType') === 'User', 'meta.resourceType was taken from the client')
        ensure(!String(at(body, 'meta', 'created')).startsWith('1999'), 'meta.created was taken from the client')
        ensure(!String(at(body, 'meta', 'location')).includes('evil'), 'meta.location was taken from the client')
        ensure(listAt(body, 'groups').length === 0, 'groups was taken from the client')
      },
    },
    {
      id: 'COM-01',
      level: 'MUST',
      title: 'the server assigns id and meta',
      sentence:
        'RFC 7643 §3.1: the attributes "id" and "meta" (and its associated sub-attributes) MUST be assigned values by the service provider.',
      run: async (scim) => {
        const { body } = await scim.user()
        for (const name of ['resourceType', 'created', 'lastModified', 'location'])
          ensure((textAt(body, 'meta', name) ?? '') !== '', `meta.${name} is missing`)
      },
    },
    {
      id: 'COM-06',
      level: 'MUST',
      title: 'an id does not contain bulkId',
      sentence: 'RFC 7643 §3.1: The string "bulkId" is a reserved keyword and MUST NOT be used within any unique identifier value.',
      run: async (scim) => {
        const { id } = await scim.user()
        ensure(!/bulkid/i.test(id), `the id is ${id}`)
      },
    },
    {
      id: 'COM-08',
      level: 'MUST',
      title: 'the server invents no externalId',
      sentence:
        'RFC 7643 §3.1: The value of the "externalId" attribute is always issued by the provisioning client and MUST NOT be specified by the service provider.',
      run: async (scim) => {
        const { body } = await scim.user()
        ensure(at(body, 'externalId') === undefined || at(body, 'externalId') === null, `externalId is ${String(at(body, 'externalId'))}`)
      },
    },
    {
      id: 'COM-10',
      level: 'MUST',
      title: 'externalId keeps its case',
      sentence: 'RFC 7643 §7: For attributes that are case exact, the server SHALL preserve case for any value submitted.',
      run: async (scim) => {
        const externalId = `Ext-${scim.unique()}`
        const { path } = await scim.user({ externalId })
        holds(await scim.read(path), { externalId })
      },
    },
    {
      id: 'COM-12',
      level: 'MUST',
      title: 'created and lastModified are dateTimes with date, time and zone',
      sentence:
        'RFC 7643 §2.3.5: The attribute value MUST be encoded as a valid xsd:dateTime as specified in Section 3.3.7 of [XML-Schema] and MUST include both a date and a time.',
      run: async (scim) => {
        const { body } = await scim.user()
        for (const name of ['created', 'lastModified'])
          ensure(DATE_TIME.test(textAt(body, 'meta', name) ?? ''), `meta.${name} is ${textAt(body, 'meta', name)}`)
      },
    },
    {
      id: 'COM-13',
      level: 'MUST',
      title: 'a new resource was last modified when it was created',
      sentence:
        'RFC 7643 §3.1: If this resource has never been modified since its initial creation, the value MUST be the same as the value of "created".',
      run: async (scim) => {
        const { body } = await scim.user()
        same(at(body, 'meta', 'lastModified'), at(body, 'meta', 'created'), 'lastModified')
      },
    },
    {
      id: 'COM-18',
      level: 'MUST',
      title: 'meta.resourceType comes from the endpoint',
      sentence:
        'RFC 7644 §3.3.1: the meta attribute "resourceType" SHALL be set by the HTTP service provider to the corresponding resource type for the endpoint.',
      needs: ['Group'],
      run: async (scim) => {
        const { body } = await scim.group({ meta: { resourceType: 'User' } })
        ensure(at(body, 'meta', 'resourceType') === 'Group', `meta.resourceType is ${String(at(body, 'meta', 'resourceType'))}`)
      },
    },
    {
      id: 'GRP-01',
      level: 'MUST',
      title: 'a group without displayName is 400',
      sentence: 'RFC 7643 §4.2: A human-readable name for the Group. REQUIRED.',
      needs: ['Group'],
      run: async (scim) => refused(await scim.post('/Groups', { schemas: [GROUP_URN] }), 400, 'invalidValue', 'invalidSyntax'),
    },
    {
      id: 'SCM-01',
      level: 'MUST',
      title: 'a resource without schemas is 400',
      sentence: 'RFC 7643 §3: The "schemas" attribute is a REQUIRED attribute',
      run: async (scim) => {
        const { schemas: _left, ...body } = scim.userBody()
        refused(await scim.post('/Users', body), 400, 'invalidSyntax', 'invalidValue')
      },
    },
    {
      id: 'SCM-05',
      level: 'MUST',
      title: 'schemas without the base schema is 400',
      sentence: 'RFC 7643 §3.3: The "schemas" attribute MUST contain at least one value, which SHALL be the base schema for the resource.',
      run: refuses((scim) => ({ schemas: [ENTERPRISE_USER_URN], userName: scim.unique() }), 'invalidSyntax', 'invalidValue'),
    },
    {
      id: 'SCM-02',
      level: 'MUST',
      title: 'an undeclared schema is dropped or refused, never stored',
      sentence:
        'RFC 7643 §3: The "schemas" attribute for a resource MUST only contain values defined as "schema" and "schemaExtensions" for the resource\'s defined "resourceType".',
      run: async (scim) => {
        const answer = await scim.post('/Users', scim.userBody({ schemas: [USER_URN, 'urn:example:nothing:1.0'] }))
        if (answer.status !== 201) return refused(answer, 400, 'invalidSyntax', 'invalidValue')
        ensure(!listAt(answer.json, 'schemas').includes('urn:example:nothing:1.0'), 'the undeclared schema came back')
      },
    },
    {
      id: 'SCM-03',
      level: 'MUST',
      title: 'schemas holds no duplicates',
      sentence: 'RFC 7643 §3: Duplicate values MUST NOT be included.',
      run: async (scim) => {
        const answer = await scim.post('/Users', scim.userBody({ schemas: [USER_URN, USER_URN] }))
        if (answer.status !== 201) return refused(answer, 400)
        same(listAt(answer.json, 'schemas').filter((urn) => urn === USER_URN).length, 1, 'mentions of the User schema')
      },
    },
    {
      id: 'SCM-04',
      level: 'MUST',
      title: 'the order of schemas does not matter',
      sentence: 'RFC 7643 §3: Value order is not specified and MUST NOT impact behavior.',
      needs: ['Enterprise.department'],
      run: async (scim) => {
        const extension = { [ENTERPRISE_USER_URN]: { department: 'Tools' } }
        const { body } = await scim.user({ ...extension, schemas: [ENTERPRISE_USER_URN, USER_URN] })
        holds(body, extension)
      },
    },
    {
      id: 'SCM-06',
      level: 'MUST',
      title: 'extension attributes live under their URN only',
      sentence:
        'RFC 7643 §3.3: the schema extension URI SHALL be used as a JSON container to distinguish attributes belonging to the extension namespace from base schema attributes.',
      needs: ['Enterprise.employeeNumber'],
      run: async (scim) => {
        const answer = await scim.post('/Users', scim.userBody({ employeeNumber: '701984' }))
        if (answer.status !== 201) return refused(answer, 400)
        holds(answer.json, { employeeNumber: null, [ENTERPRISE_USER_URN]: null }, answer)
      },
    },
    {
      id: 'SCM-07',
      level: 'MUST',
      title: 'the extension URN is matched without regard to case',
      sentence:
        'RFC 7644 §3.10: All facets (URN, attribute, and sub-attribute name) of the fully encoded attribute name are case insensitive.',
      needs: ['Enterprise.department'],
      run: async (scim) => {
        const { path } = await scim.user({
          schemas: [USER_URN, ENTERPRISE_USER_URN],
          [ENTERPRISE_USER_URN.toUpperCase()]: { DEPARTMENT: 'Tools' },
        })
        holds(await scim.read(path), { [ENTERPRISE_USER_URN]: { department: 'Tools' } })
      },
    },
    {
      id: 'SCM-08',
      level: 'MUST',
      title: 'schemas names the extension when there is data of it',
      sentence:
        'RFC 7643 §3: URIs that are used to indicate the namespaces of the SCIM schemas that define the attributes present in the current JSON structure.',
      needs: ['Enterprise.department'],
      run: async (scim) => {
        const { body } = await scim.user({ [ENTERPRISE_USER_URN]: { department: 'Tools' } })
        ensure(listAt(body, 'schemas').includes(ENTERPRISE_USER_URN), 'schemas does not name the extension')
      },
    },
    {
      id: 'USR-09',
      level: 'MUST',
      title: 'a password is never returned',
      sentence: 'RFC 7643 §4.1.1: The cleartext value or the hashed value of a password SHALL NOT be returnable by a service provider.',
      run: async (scim) => {
        const password = `S3cret-${scim.unique()}`
        const answer = await scim.post('/Users', scim.userBody({ password }))
        if (answer.status !== 201) return refused(answer, 400)
        const path = `/Users/${textAt(answer.json, 'id')}`
        for (const { text, json } of [answer, await scim.get(path), await scim.get(`${path}?attributes=password`)])
          ensure(!text.includes(password) && at(json, 'password') === undefined, 'the password came back')
      },
    },
    {
      id: 'USR-06',
      level: 'SHOULD',
      title: 'nickName is not filled with the userName',
      sentence: "RFC 7643 §4.1.1: This attribute SHOULD NOT be used to represent a User's username (e.g., bjensen or mpepperidge).",
      run: async (scim) => {
        const { body } = await scim.user()
        ensure(body['nickName'] === undefined || body['nickName'] !== body['userName'], 'nickName is the userName')
      },
    },
    {
      id: 'USR-21',
      level: 'MUST',
      title: 'groups of a user cannot be set by creating it',
      sentence: 'RFC 7643 §4.1.2: group membership changes MUST be applied via the "Group" Resource (Section 4.2).',
      needs: ['Group'],
      run: async (scim) => {
        const group = await scim.group()
        const user = await scim.user({ groups: [{ value: group.id }] })
        const now: Members = await scim.read(user.path)
        ensure(listAt(now, 'groups').length === 0, 'the user became a member')
        holds(object(await scim.get(group.path)), { members: null })
      },
    },
  ],
}
