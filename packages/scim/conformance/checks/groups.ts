// Groups and their members (RFC 7643 sections 4.1.2, 4.2 and 2.3.7).
import { at, listAt, textAt, type Members } from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Feature } from '../check.ts'
import { ensure, holds, refused, same, status } from '../expect.ts'
import type { Made, Session } from '../session.ts'

const groupsOf = async (scim: Session, user: Made): Promise<readonly unknown[]> => listAt(await scim.read(user.path), 'groups')
const nested = (group: Made): Members => ({ value: group.id, type: 'Group' })

export const groups: Feature = {
  name: 'groups',
  needs: ['Group.members'],
  checks: [
    {
      id: 'GRP-02',
      level: 'MUST',
      title: 'members come back with value, $ref and type',
      sentence: 'RFC 7643 §4.2: The value of the "$ref" sub-attribute must be the URI of a SCIM resource such as a "User", or a "Group".',
      run: async (scim) => {
        const user = await scim.user()
        const { path } = await scim.group({ members: [{ value: user.id }] })
        const [member] = listAt(await scim.read(path), 'members')
        same(textAt(member, 'value'), user.id, 'value')
        ensure((textAt(member, 'type') ?? 'User') === 'User', `type is ${textAt(member, 'type')}`)
        const reference = textAt(member, '$ref')
        if (reference === undefined) throw new CheckSkipped('members have no $ref')
        ensure(reference.endsWith(user.path), `$ref is ${reference}`)
      },
    },
    {
      id: 'JSN-15',
      level: 'MUST',
      title: 'the $ref of a member can be fetched',
      sentence:
        'RFC 7643 §2.3.7: An HTTP client performing a GET operation on a reference URI MUST receive the target resource or an appropriate HTTP response code.',
      run: async (scim) => {
        const user = await scim.user()
        const { path } = await scim.group({ members: [{ value: user.id }] })
        const reference = textAt(await scim.read(path), 'members', 0, '$ref')
        if (reference === undefined) throw new CheckSkipped('members have no $ref')
        holds(await scim.read(`/${reference.split('/').slice(-2).join('/')}`), { id: user.id })
      },
    },
    {
      id: 'USR-20',
      level: 'MUST',
      title: 'groups of a user name the group and where it is',
      sentence:
        'RFC 7643 §4.1.2: the "value" sub-attribute of the "groups" attribute MUST be the "id" … and "$ref" the URI of the corresponding "Group" resources',
      needs: ['User.groups'],
      run: async (scim) => {
        const user = await scim.user()
        const group = await scim.group({ members: [{ value: user.id }] })
        const [membership] = await groupsOf(scim, user)
        same(textAt(membership, 'value'), group.id, 'value')
        const reference = textAt(membership, '$ref')
        ensure(reference === undefined || reference.endsWith(group.path), `$ref is ${reference}`)
      },
    },
    {
      id: 'USR-21.2',
      level: 'MUST',
      title: 'a PUT of a user cannot change its groups',
      sentence: 'RFC 7643 §4.1.2: group membership changes MUST be applied via the "Group" Resource (Section 4.2).',
      needs: ['User.groups'],
      run: async (scim) => {
        const user = await scim.user()
        const group = await scim.group({ members: [{ value: user.id }] })
        status(await scim.put(user.path, { ...user.body, groups: [] }), 200)
        holds(await scim.read(group.path), { members: [{ value: user.id }] })
      },
    },
    {
      id: 'GRP-05',
      level: 'MUST',
      title: 'a group can be a member of a group',
      sentence: 'RFC 7643 §4.2: The intention of the "Group" type is to allow the service provider to support nested groups.',
      run: async (scim) => {
        const inner = await scim.group()
        const outer = await scim.group({ members: [nested(inner)] })
        const [member] = listAt(await scim.read(outer.path), 'members')
        same([textAt(member, 'value'), textAt(member, 'type') ?? 'Group'], [inner.id, 'Group'], 'value, type')
      },
    },
    {
      id: 'GRP-05.2',
      level: 'MUST',
      title: 'groups that contain each other hang nothing',
      sentence: 'RFC 7644 §3.7.1: circular cross-references between resources',
      needs: ['patch'],
      run: async (scim) => {
        const user = await scim.user()
        const a = await scim.group({ members: [{ value: user.id }] })
        const b = await scim.group({ members: [nested(a)] })
        const answer = await scim.patch(a.path, [{ op: 'add', path: 'members', value: [nested(b)] }])
        if (answer.status >= 400) refused(answer, [400, 409])
        await scim.read(user.path)
        ensure((scim.last?.ms ?? 0) < 2000, `reading the user took ${scim.last?.ms} ms`)
      },
    },
    {
      id: 'USR-19',
      level: 'SHOULD',
      title: 'memberships through a nested group are indirect',
      sentence: 'RFC 7643 §4.1.2: either through direct membership, through nested groups, or dynamically calculated.',
      needs: ['User.groups'],
      run: async (scim) => {
        const user = await scim.user()
        const inner = await scim.group({ members: [{ value: user.id }] })
        const outer = await scim.group({ members: [nested(inner)] })
        const all = await groupsOf(scim, user)
        const typeOf = (group: Made) =>
          textAt(
            all.find((membership) => textAt(membership, 'value') === group.id),
            'type',
          )
        if (all.length === 1) throw new CheckSkipped('indirect memberships are not shown')
        same([typeOf(inner) ?? 'direct', typeOf(outer)], ['direct', 'indirect'], 'types')
      },
    },
    {
      id: 'GRP-04',
      level: 'MAY',
      title: 'a member that does not exist is refused, left out or kept, never a server error',
      sentence:
        'RFC 7643 §2.3.7: A SCIM service provider MAY choose to enforce referential integrity for reference types referring to SCIM resources.',
      run: async (scim) => {
        const answer = await scim.post('/Groups', scim.groupBody({ members: [{ value: crypto.randomUUID() }] }))
        if (answer.status !== 201) refused(answer, [400, 404, 409])
      },
    },
    {
      id: 'VER-09.2',
      level: 'MUST',
      title: 'a new member gives the group a new version',
      sentence: "RFC 7644 §3.14: ensuring that clients do not inadvertently overwrite each other's changes",
      needs: ['etag', 'patch'],
      run: async (scim) => {
        const [user, group] = [await scim.user(), await scim.group()]
        const now = await scim.change(group.path, { op: 'add', path: 'members', value: [{ value: user.id }] })
        ensure(at(now, 'meta', 'version') !== at(group.body, 'meta', 'version'), 'the version stayed')
      },
    },
    {
      id: 'CRE-06.2',
      level: 'MAY',
      title: 'a second group of the same name is 409 uniqueness or another group',
      sentence: 'RFC 7643 §7: uniqueness "none" for Group.displayName; a server may publish and enforce more',
      run: async (scim) => {
        const { body, id } = await scim.group()
        const answer = await scim.post('/Groups', scim.groupBody({ displayName: body['displayName'] }))
        if (answer.status === 201) ensure(textAt(answer.json, 'id') !== id, 'the same group came back')
        else refused(answer, 409, 'uniqueness')
      },
    },
    {
      id: 'GRP-02.2',
      level: 'MUST',
      title: 'parallel additions all arrive',
      sentence: 'RFC 7644 §3.5.2.1: If the target location specifies a multi-valued attribute, a new value is added to the attribute.',
      needs: ['patch'],
      run: async (scim) => {
        const users: Made[] = []
        for (let i = 0; i < 8; i += 1) users.push(await scim.user())
        const { path } = await scim.group()
        await Promise.all(
          users.map(async (user) =>
            status(await scim.patch(path, [{ op: 'add', path: 'members', value: [{ value: user.id }] }]), 200, 204),
          ),
        )
        holds(await scim.read(path), { members: users.map(({ id }) => ({ value: id })) })
      },
    },
  ],
}
