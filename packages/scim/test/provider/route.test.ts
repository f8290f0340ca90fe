import { describe, expect, test } from 'vitest'
import { createRouter } from '../../src/provider/route.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'

const { route, target } = createRouter([USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE])
const user = { resourceType: USER_RESOURCE_TYPE }

describe('a request', () => {
  test.each([
    ['GET', '/Users', { kind: 'query', ...user }],
    ['HEAD', '/Users', { kind: 'query', ...user }],
    ['POST', '/Users', { kind: 'create', ...user }],
    ['POST', '/Users/.search', { kind: 'search', ...user }],
    ['GET', '/Users/1', { kind: 'retrieve', ...user, id: '1' }],
    ['HEAD', '/Users/1', { kind: 'retrieve', ...user, id: '1' }],
    ['PUT', '/Users/1', { kind: 'replace', ...user, id: '1' }],
    ['PATCH', '/Users/1', { kind: 'modify', ...user, id: '1' }],
    ['DELETE', '/Users/1', { kind: 'delete', ...user, id: '1' }],
    ['GET', '/Groups', { kind: 'query', resourceType: GROUP_RESOURCE_TYPE }],
    ['GET', '/', { kind: 'query', resourceType: undefined }],
    ['GET', '', { kind: 'query', resourceType: undefined }],
    ['POST', '/.search', { kind: 'search', resourceType: undefined }],
    ['POST', '/Bulk', { kind: 'bulk' }],
    ['GET', '/ServiceProviderConfig', { kind: 'discovery', endpoint: 'ServiceProviderConfig', name: undefined }],
    ['HEAD', '/ResourceTypes', { kind: 'discovery', endpoint: 'ResourceTypes', name: undefined }],
    ['GET', '/ResourceTypes/User', { kind: 'discovery', endpoint: 'ResourceTypes', name: 'User' }],
    ['GET', '/Schemas/urn:x', { kind: 'discovery', endpoint: 'Schemas', name: 'urn:x' }],
    ['GET', '//Users///1/', { kind: 'retrieve', ...user, id: '1' }],
    ['GET', '/%55sers/a%2Fb%20c', { kind: 'retrieve', ...user, id: 'a/b c' }],
    ['GET', '/Users/..', { kind: 'retrieve', ...user, id: '..' }],
    ['GET', '/Users/__proto__', { kind: 'retrieve', ...user, id: '__proto__' }],
  ])('%s %s is understood [URL-01 URL-09 SEA-01 EN-10]', (method, path, expected) => {
    expect(route(method, path)).toEqual(expected)
  })

  test.each([
    ['GET', '/Nope', 404],
    ['GET', '/users', 404],
    ['GET', '/__proto__', 404],
    ['GET', '/constructor', 404],
    ['GET', '/Users/1/2', 404],
    ['POST', '/Users/1/.search', 404],
    ['GET', '/v9/Users', 404],
    ['GET', '/Users/../Groups', 404],
    ['GET', '/Users%2F1', 404],
    ['POST', '/Bulk/1', 404],
    ['GET', '/ServiceProviderConfig/x', 404],
    ['GET', '/Schemas/urn:x/y', 404],
    ['GET', '/Users/%', 400],
    ['GET', '/Users/%ff', 400],
    ['GET', '/Me', 501],
    ['DELETE', '/Me', 501],
  ])('%s %s is refused with %i [URL-05 URL-07 ME-01]', (method, path, status) => {
    expect(() => route(method, path)).toThrow(expect.objectContaining({ status }))
  })

  test.each([
    ['DELETE', '/Users', 'GET, HEAD, POST'],
    ['PATCH', '/Users', 'GET, HEAD, POST'],
    ['OPTIONS', '/Users/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['POST', '/Users/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['get', '/Users/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['GET', '/Users/.search', 'POST'],
    ['GET', '/.search', 'POST'],
    ['GET', '/Bulk', 'POST'],
    ['POST', '/', 'GET, HEAD'],
    ['TRACE', '/', 'GET, HEAD'],
    ['POST', '/ServiceProviderConfig', 'GET, HEAD'],
    ['DELETE', '/ResourceTypes/User', 'GET, HEAD'],
    ['PATCH', '/Schemas', 'GET, HEAD'],
  ])('%s %s is refused with 405 and what is allowed [URL-07 URL-08 DSC-08 PAT-18 K7]', (method, path, allow) => {
    expect(() => route(method, path)).toThrow(expect.objectContaining({ status: 405, headers: { Allow: allow } }))
  })
})

test('a path of a Bulk operation is found like any other [BLK-04]', () => {
  expect(target('/Users')).toEqual({ kind: 'collection', ...user })
  expect(target('/Users/bulkId:a')).toEqual({ kind: 'resource', ...user, id: 'bulkId:a' })
  expect(() => target('/Bulk')).toThrow(expect.objectContaining({ status: 404 }))
  expect(() => target('/Schemas')).toThrow(expect.objectContaining({ status: 404 }))
})

test.each([
  ['of several segments', '/a/b'],
  ['of none', '/'],
  ['that another type has', '/Users'],
  ['that the protocol has', '/Bulk'],
])('an endpoint %s is a mistake of the host', (_what, endpoint) => {
  expect(() => createRouter([USER_RESOURCE_TYPE, { ...GROUP_RESOURCE_TYPE, endpoint }])).toThrow(/endpoint/i)
})
