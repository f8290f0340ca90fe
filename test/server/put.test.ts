// PUT (RFC 7644 section 3.5.1; rfc-checklist PUT).
import { describe, expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, group, list, NOBODY, text, texts, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

describe('put', () => {
  test('replaces the whole, and shows what a later GET shows [PUT-01 PUT-02 PUT-08]', async () => {
    const scim = await server.org()
    const path = `/Users/${await scim.user('a', { displayName: 'o', emails: [{ value: 'a@x.io' }, { value: 'b@x.io' }] })}`
    const replaced = expectStatus(await scim.put(path, user('a', { displayName: 'n', emails: [{ value: 'c@x.io' }] })), 200)
    expect(replaced.json()).toMatchObject({ displayName: 'n', emails: [{ value: 'c@x.io' }] })
    expect((await scim.get(path)).json()).toEqual(replaced.json())
  })

  test('clears what it leaves out, but does not revive a leaver [PUT-03 D7 RC-29]', async () => {
    const scim = await server.org()
    const path = `/Users/${await scim.user('a', { nickName: 'n', emails: [{ value: 'a@x.io' }], active: false })}`
    const replaced = expectStatus(await scim.put(path, user('a')), 200)
    expect(at(replaced, '/nickName')).toBeUndefined()
    expect(list(replaced, '/emails')).toEqual([])
    expect(at(replaced, '/active')).toBe(false)
    expect(await server.rows('select status from accounts where org_id = $1', [scim.orgId])).toEqual([{ status: 'disabled' }])
  })

  test('clears an extension that it leaves out [PUT-03 SCM-08]', async () => {
    const scim = await server.org()
    const path = `/Users/${text(await scim.post('/Users', enterpriseUser('a', { department: 'd' })), '/id')}`
    expect(texts(await scim.put(path, user('a')), '/schemas')).toEqual(user('a').schemas)
  })

  test('ignores what is readOnly [PUT-06 COM-05]', async () => {
    const scim = await server.org()
    const staff = await scim.group('staff')
    const id = await scim.user('a')
    const body = user('a', { id: NOBODY, meta: { created: '1999-01-01T00:00:00Z' }, groups: [{ value: staff }], title: 't' })
    const replaced = expectStatus(await scim.put(`/Users/${id}`, body), 200)
    expect(replaced.json()).toMatchObject({ id, title: 't' })
    expect(at(replaced, '/groups')).toBeUndefined()
    expect(text(replaced, '/meta/created') > '2020').toBe(true)
  })

  test('needs what is required, and changes nothing without it [PUT-07]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('a', { title: 't' }))
    const path = `/Users/${text(created, '/id')}`
    expectError(await scim.put(path, { schemas: user('a').schemas, title: 'u' }), 400, 'invalidValue')
    expect((await scim.get(path)).json()).toEqual(created.json())
    const staff = await scim.group('staff')
    expectError(await scim.put(`/Groups/${staff}`, { schemas: group('x').schemas }), 400, 'invalidValue')
  })

  test('null and [] clear [PUT-09]', async () => {
    const scim = await server.org()
    const path = `/Users/${await scim.user('a', { title: 't', phoneNumbers: [{ value: '1' }] })}`
    const replaced = await scim.put(path, user('a', { title: null, phoneNumbers: [] }))
    expect(at(replaced, '/title')).toBeUndefined()
    expect(list(replaced, '/phoneNumbers')).toEqual([])
  })

  test('to a taken name answers 409, in any spelling of it [PUT-10 C7]', async () => {
    const scim = await server.org()
    await scim.user('bob')
    const path = `/Users/${await scim.user('a')}`
    for (const name of ['bob', 'BOB', 'ｂｏｂ']) expectError(await scim.put(path, user(name)), 409, 'uniqueness')
    expect(at(expectStatus(await scim.put(path, user('A')), 200), '/userName')).toBe('A')
  })

  test('of what is there already changes nothing [PUT-11 RC-30]', async () => {
    const scim = await server.org()
    const body = enterpriseUser('a', { department: 'd' }, { title: 't', emails: [{ value: 'a@x.io', type: 'work' }] })
    const created = await scim.post('/Users', body)
    const again = expectStatus(await scim.put(`/Users/${text(created, '/id')}`, body), 200)
    expect(again.json()).toEqual(created.json())
    expect(again.header('etag')).toBe(created.header('etag'))
    const staff = await scim.post('/Groups', group('staff', { members: [{ value: text(created, '/id') }] }))
    const same = await scim.put(`/Groups/${text(staff, '/id')}`, group('staff', { members: [{ value: text(created, '/id') }] }))
    expect(same.header('etag')).toBe(staff.header('etag'))
  })

  test('never creates [URL-03]', async () => {
    const scim = await server.org()
    expectError(await scim.put(`/Users/${NOBODY}`, user('a')), 404)
    expect(at(await scim.get('/Users'), '/totalResults')).toBe(0)
  })

  test('of a group without members empties it [D7 RC-29]', async () => {
    const scim = await server.org()
    const staff = await scim.group('staff', [await scim.user('a')])
    expect(at(expectStatus(await scim.put(`/Groups/${staff}`, group('staff')), 200), '/members')).toBeUndefined()
  })
})
