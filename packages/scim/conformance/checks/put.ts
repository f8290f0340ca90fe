// Replacing with PUT (RFC 7644 section 3.5.1).
import { at, listAt, USER_URN, type Members } from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Feature } from '../check.ts'
import { ensure, holds, refused, same, status } from '../expect.ts'

const only = (body: Members, ...names: readonly string[]): Members => Object.fromEntries(names.map((name) => [name, body[name]]))

export const put: Feature = {
  name: 'put',
  checks: [
    {
      id: 'PUT-01',
      level: 'MUST',
      title: 'PUT replaces',
      sentence: 'RFC 7644 §3.5: Implementers MUST support HTTP PUT',
      run: async (scim) => {
        const { path, body } = await scim.user({ displayName: 'old' })
        status(await scim.put(path, { ...body, displayName: 'new' }), 200)
        holds(await scim.read(path), { displayName: 'new' })
      },
    },
    {
      id: 'PUT-02',
      level: 'MUST',
      title: 'a multi-valued attribute is replaced as a whole',
      sentence: 'RFC 7644 §3.5.1: Any values provided SHALL replace the existing attribute values.',
      needs: ['User.emails'],
      run: async (scim) => {
        const { path, body } = await scim.user({
          emails: [
            { value: 'a@c.example', type: 'work' },
            { value: 'b@c.example', type: 'home' },
          ],
        })
        status(await scim.put(path, { ...body, emails: [{ value: 'c@c.example', type: 'other' }] }), 200)
        holds(await scim.read(path), { emails: [{ value: 'c@c.example', type: 'other' }] })
      },
    },
    {
      id: 'PUT-03',
      level: 'MAY',
      title: 'an omitted attribute is cleared, kept or defaulted, and the answer says which',
      sentence:
        'RFC 7644 §3.5.1: the service provider MAY assume that any existing values are to be cleared, or the service provider MAY assign a default value',
      needs: ['User.nickName'],
      run: async (scim) => {
        const { path, body } = await scim.user({ nickName: 'Babs' })
        const { json } = status(await scim.put(path, only(body, 'schemas', 'userName')), 200)
        same((await scim.read(path))['nickName'], at(json, 'nickName'), 'nickName afterwards')
      },
    },
    {
      id: 'PUT-03.2',
      level: 'SHOULD',
      title: 'a PUT without active does not revive a disabled user',
      sentence:
        'RFC 7644 §3.5.1: Attributes whose mutability is "readWrite" that are omitted from the request body MAY be assumed to be not asserted by the client.',
      needs: ['User.active'],
      run: async (scim) => {
        const { path, body } = await scim.user({ active: false })
        status(await scim.put(path, only(body, 'schemas', 'userName')), 200)
        ensure((await scim.read(path))['active'] !== true, 'the user is active again')
      },
    },
    {
      id: 'PUT-06',
      level: 'MUST',
      title: 'readOnly values are ignored',
      sentence: 'RFC 7644 §3.5.1: readOnly Any values provided SHALL be ignored.',
      run: async (scim) => {
        const { path, body, id } = await scim.user()
        const answer = await scim.put(path, {
          ...body,
          id: 'other',
          meta: { created: '1999-01-01T00:00:00Z', location: 'http://evil.example/' },
          groups: [{ value: 'admins' }],
        })
        status(answer, 200)
        const now = await scim.read(path)
        same(
          [now['id'], at(now, 'meta', 'created'), listAt(now, 'groups').length],
          [id, at(body, 'meta', 'created'), 0],
          'id, created, groups',
        )
      },
    },
    {
      id: 'PUT-07',
      level: 'MUST',
      title: 'a PUT without a required attribute is 400 and changes nothing',
      sentence: 'RFC 7644 §3.5.1: If an attribute is "required", clients MUST specify the attribute in the PUT request.',
      run: async (scim) => {
        const { path, body } = await scim.user()
        refused(await scim.put(path, { schemas: [USER_URN], displayName: 'x' }), 400, 'invalidValue', 'invalidSyntax')
        same(await scim.read(path), body, 'the resource')
      },
    },
    {
      id: 'PUT-08',
      level: 'MUST',
      title: 'the 200 holds the whole resource',
      sentence:
        'RFC 7644 §3.5.1: the server SHALL … a successful PUT operation returns a 200 OK response code and the entire resource within the response body',
      run: async (scim) => {
        const { path, body } = await scim.user({ name: { familyName: 'Byron' } })
        const { json } = status(await scim.put(path, { ...body, displayName: 'x' }), 200)
        same(json, await scim.read(path), 'the answer')
      },
    },
    {
      id: 'PUT-09',
      level: 'MUST',
      title: 'null and [] clear',
      sentence:
        'RFC 7643 §2.5: Unassigned attributes, the null value, or an empty array (in the case of a multi-valued attribute) SHALL be considered to be equivalent in "state".',
      needs: ['User.title', 'User.phoneNumbers'],
      run: async (scim) => {
        const { path, body } = await scim.user({ title: 'Analyst', phoneNumbers: [{ value: '+46', type: 'work' }] })
        status(await scim.put(path, { ...body, title: null, phoneNumbers: [] }), 200)
        const now = await scim.read(path)
        ensure((now['title'] ?? null) === null && listAt(now, 'phoneNumbers').length === 0, 'title and phoneNumbers are unassigned')
      },
    },
    {
      id: 'PUT-10',
      level: 'MUST',
      title: 'a userName of somebody else is 409 uniqueness',
      sentence: 'RFC 7644 §3.12: One or more of the attribute values are already in use or are reserved.',
      run: async (scim) => {
        const [one, two] = [await scim.user(), await scim.user()]
        refused(await scim.put(two.path, { ...two.body, userName: one.body['userName'] }), 409, 'uniqueness')
        same(await scim.read(two.path), two.body, 'the resource')
      },
    },
    {
      id: 'PUT-11',
      level: 'SHOULD',
      title: 'the same content again changes neither version nor lastModified',
      sentence:
        'RFC 7643 §3.1: lastModified The most recent DateTime that the details of this resource were updated at the service provider.',
      run: async (scim) => {
        const { path, body } = await scim.user({ displayName: 'same', emails: [{ value: 'a@c.example', type: 'work' }] })
        status(await scim.put(path, body), 200)
        same((await scim.read(path))['meta'], body['meta'], 'meta')
      },
    },
    {
      id: 'PUT-06.2',
      level: 'MUST',
      title: 'a body that was read can be sent back',
      sentence: 'RFC 7644 §3.5.1: readOnly Any values provided SHALL be ignored.',
      needs: ['Group.members'],
      run: async (scim) => {
        const user = await scim.user({ name: { givenName: 'Ada', familyName: 'Byron' } })
        const group = await scim.group({ members: [{ value: user.id }] })
        for (const { path } of [user, group]) status(await scim.put(path, await scim.read(path)), 200)
        holds(await scim.read(group.path), { members: [{ value: user.id }] })
      },
    },
    {
      id: 'PUT-02.2',
      level: 'MUST',
      title: 'a group PUT replaces the members',
      sentence: 'RFC 7644 §3.5.1: Any values provided SHALL replace the existing attribute values.',
      needs: ['Group.members'],
      run: async (scim) => {
        const [a, b] = [await scim.user(), await scim.user()]
        const group = await scim.group({ members: [{ value: a.id }] })
        const { members: _left, ...rest } = group.body
        status(await scim.put(group.path, { ...rest, members: [{ value: b.id }] }), 200)
        holds(await scim.read(group.path), { members: [{ value: b.id }] })
        status(await scim.put(group.path, { ...rest, members: [] }), 200)
        ensure(listAt(await scim.read(group.path), 'members').length === 0, 'the group still has members')
      },
    },
    {
      id: 'SCM-01.2',
      level: 'MUST',
      title: 'schemas is needed in a PUT too',
      sentence: 'RFC 7643 §3: The "schemas" attribute is a REQUIRED attribute',
      run: async (scim) => {
        const { path, body } = await scim.user()
        const { schemas: _left, ...rest } = body
        refused(await scim.put(path, rest), 400, 'invalidSyntax', 'invalidValue')
      },
    },
    {
      id: 'COM-13.2',
      level: 'MUST',
      title: 'a change moves lastModified and leaves created',
      sentence:
        'RFC 7643 §3.1: lastModified The most recent DateTime that the details of this resource were updated at the service provider.',
      run: async (scim) => {
        const { path, body } = await scim.user()
        status(await scim.put(path, { ...body, displayName: 'changed' }), 200)
        const now = await scim.read(path)
        same(at(now, 'meta', 'created'), at(body, 'meta', 'created'), 'created')
        ensure(String(at(now, 'meta', 'lastModified')) >= String(at(body, 'meta', 'lastModified')), 'lastModified went back')
        if (at(now, 'meta', 'lastModified') === at(body, 'meta', 'lastModified'))
          throw new CheckSkipped('the clock of the server is too coarse')
      },
    },
  ],
}
