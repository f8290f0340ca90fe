// Deleting (RFC 7644 section 3.6).
import { at, listAt, textAt } from '../../src/client/client.ts'
import type { Feature } from '../check.ts'
import { ensure, refused, same, status } from '../expect.ts'

export const remove: Feature = {
  name: 'delete',
  checks: [
    {
      id: 'DEL-01',
      level: 'MUST',
      title: 'DELETE answers 204 without a body',
      sentence:
        'RFC 7644 §3.6: In response to a successful DELETE, the server SHALL return a successful HTTP status code 204 (No Content).',
      run: async (scim) => {
        const { path } = await scim.user()
        ensure(status(await scim.delete(path), 204).text === '', 'there is a body')
      },
    },
    {
      id: 'DEL-02',
      level: 'MUST',
      title: 'afterwards every operation on it is 404',
      sentence:
        'RFC 7644 §3.6: MUST return a 404 (Not Found) error code for all operations associated with the previously deleted resource.',
      run: async (scim) => {
        const { path, body } = await scim.user()
        status(await scim.delete(path), 204)
        refused(await scim.get(path), 404)
        refused(await scim.put(path, body), 404)
        refused(await scim.delete(path), 404)
        if (at(scim.capabilities.provider, 'patch', 'supported') === true)
          refused(await scim.patch(path, [{ op: 'add', path: 'displayName', value: 'x' }]), 404)
      },
    },
    {
      id: 'DEL-03',
      level: 'MUST',
      title: 'queries no longer find it',
      sentence: 'RFC 7644 §3.6: Service providers MUST omit the resource from future query results.',
      needs: ['filter'],
      run: async (scim) => {
        const externalId = scim.unique()
        const { path, id, body } = await scim.user({ externalId })
        status(await scim.delete(path), 204)
        for (const filter of [`id eq "${id}"`, `userName eq "${textAt(body, 'userName')}"`, `externalId eq "${externalId}"`])
          same((await scim.list('/Users', { filter })).total, 0, filter)
      },
    },
    {
      id: 'DEL-03.2',
      level: 'SHOULD',
      title: 'a deleted user leaves its groups',
      sentence: 'RFC 7643 §2.3.7: A reference URI MUST be to an HTTP-addressable resource.',
      needs: ['Group.members'],
      run: async (scim) => {
        const user = await scim.user()
        const group = await scim.group({ members: [{ value: user.id }] })
        status(await scim.delete(user.path), 204)
        ensure(
          !listAt(await scim.read(group.path), 'members').some((member) => textAt(member, 'value') === user.id),
          'it is still a member',
        )
      },
    },
    {
      id: 'DEL-04',
      level: 'SHOULD',
      title: 'the userName is free again, for another id',
      sentence: 'RFC 7644 §3.6: the service provider SHOULD NOT consider the deleted resource in conflict calculation.',
      run: async (scim) => {
        const gone = await scim.user()
        status(await scim.delete(gone.path), 204)
        const again = await scim.user({ userName: gone.body['userName'] })
        ensure(again.id !== gone.id, 'the id was given again')
      },
    },
    {
      id: 'DEL-01.2',
      level: 'MUST',
      title: 'deleting a group leaves its members alone',
      sentence: 'RFC 7644 §3.6: Clients request resource removal via DELETE.',
      needs: ['Group.members'],
      run: async (scim) => {
        const user = await scim.user()
        const group = await scim.group({ members: [{ value: user.id }] })
        status(await scim.delete(group.path), 204)
        ensure(listAt(await scim.read(user.path), 'groups').length === 0, 'the user still has the group')
        refused(await scim.get(group.path), 404)
      },
    },
  ],
}
