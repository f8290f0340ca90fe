import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../src/client/client.ts'
import { canonical, refused } from '../../conformance/expect.ts'

test('canonical text does not depend on the order of members', () => {
  expect(canonical({ b: [{ d: 1, c: 2 }], a: null })).toBe(canonical({ a: null, b: [{ c: 2, d: 1 }] }))
  expect(canonical([1, 2])).not.toBe(canonical([2, 1]))
})

describe('a refusal', () => {
  const exchange = (status: number, json: unknown): Exchange => ({
    method: 'GET',
    path: '/Users',
    url: 'http://c.example/Users',
    requestHeaders: {},
    requestBody: undefined,
    status,
    headers: new Headers(),
    text: JSON.stringify(json),
    json,
    ms: 1,
    attempts: 1,
  })
  const error = (more: object) => ({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], ...more })

  test('is taken when status, schema, string status and keyword are right [ERR-01 ERR-02]', () => {
    expect(() => refused(exchange(400, error({ status: '400', scimType: 'invalidFilter' })), 400, 'invalidFilter')).not.toThrow()
    expect(() => refused(exchange(404, error({ status: '404' })), [400, 404], 'invalidFilter')).not.toThrow()
  })

  test.each<[string, number, unknown, string]>([
    ['another status', 500, error({ status: '500' }), 'expected 400, got 500'],
    ['success', 200, {}, 'expected 400, got 200'],
    ['no SCIM body', 400, undefined, 'the body of an error has the Error schema'],
    ['a number as status', 400, error({ status: 400 }), 'the body repeats the status as a string'],
    ['no keyword', 400, error({ status: '400' }), 'expected scimType invalidFilter, got none'],
    ['another keyword', 400, error({ status: '400', scimType: 'invalidPath' }), 'expected scimType invalidFilter, got invalidPath'],
  ])('%s fails the check', (_name, status, json, message) => {
    expect(() => refused(exchange(status, json), 400, 'invalidFilter')).toThrow(message)
  })
})
