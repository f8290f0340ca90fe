// The enterprise extension (RFC 7643 section 4.3; rfc-checklist ENT).
import { ENTERPRISE_USER_URN as URN } from '@plur-enterprise/scim'
import { expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, NOBODY, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

test('the manager is shown with URI and name, as they are now [ENT-01 JSN-15]', async () => {
  const scim = await server.org()
  const boss = await scim.user('boss', { displayName: 'The Boss' })
  const bob = await scim.user('bob')
  expectStatus(await scim.patch(`/Users/${bob}`, { op: 'add', path: `${URN}:manager`, value: { value: boss } }), 200)
  expect(at(await scim.get(`/Users/${bob}`), `/${URN}/manager`)).toEqual({
    value: boss,
    $ref: `${scim.base}/Users/${boss}`,
    displayName: 'The Boss',
  })
  await scim.put(`/Users/${boss}`, user('boss', { displayName: 'Renamed' }))
  expect(at(await scim.get(`/Users/${bob}`), `/${URN}/manager/displayName`)).toBe('Renamed')
  expect(await scim.find('/Users', `${URN}:manager.value eq "${boss}"`)).toEqual(['bob'])
})

test('manager.displayName cannot be written [ENT-02 CHR-03]', async () => {
  const scim = await server.org()
  const boss = await scim.user('boss', { displayName: 'B' })
  const body = enterpriseUser('bob', { manager: { value: boss, displayName: 'X' } })
  const created = expectStatus(await scim.post('/Users', body), 201)
  expect(at(created, `/${URN}/manager/displayName`)).toBe('B')
  const path = `/Users/${text(created, '/id')}`
  expect(at(expectStatus(await scim.put(path, body), 200), `/${URN}/manager/displayName`)).toBe('B')
  expectError(await scim.patch(path, { op: 'replace', path: `${URN}:manager.displayName`, value: 'X' }), 400, 'mutability')
})

test('a manager who is nobody here is kept as sent, and becomes real when she comes [EN-70 ENT-01]', async () => {
  const scim = await server.org()
  const created = await scim.post('/Users', enterpriseUser('bob', { manager: { value: NOBODY } }))
  expect(at(expectStatus(created, 201), `/${URN}/manager/value`)).toBe(NOBODY)
  expect(at(created, `/${URN}/manager/displayName`)).toBeUndefined()
})

test('a manager who is deleted leaves no broken link behind [JSN-15]', async () => {
  const scim = await server.org()
  const boss = await scim.user('boss')
  const bob = text(await scim.post('/Users', enterpriseUser('bob', { manager: { value: boss } })), '/id')
  await scim.delete(`/Users/${boss}`)
  const read = expectStatus(await scim.get(`/Users/${bob}`), 200)
  const ref = at(read, `/${URN}/manager/$ref`)
  if (ref !== undefined) expectError(await scim.get(String(ref).slice(scim.base.length)), 404)
  expect(at(read, `/${URN}/manager/displayName`)).toBeUndefined()
})
