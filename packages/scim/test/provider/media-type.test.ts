import { describe, expect, test } from 'vitest'
import { checkContentType, negotiate, negotiateError } from '../../src/provider/media-type.ts'

describe('the media type of an answer', () => {
  test.each([
    ['nothing stated', undefined],
    ['an empty header', ' '],
    ['scim+json', 'application/scim+json'],
    ['scim+json in other case and with a charset', 'Application/SCIM+JSON; charset=utf-8'],
    ['anything', '*/*'],
    ['any application type', 'application/*'],
    ['what browsers and axios send', 'application/json, text/plain, */*'],
    ['json preferred, scim+json allowed', 'application/json;q=1, application/scim+json;q=0.1'],
  ])('is application/scim+json for %s [MED-01 MED-03 MED-06]', (_what, accept) => {
    expect(negotiate(accept)).toBe('application/scim+json')
  })

  test.each([
    ['json alone', 'application/json'],
    ['json with a parameter', 'application/json;charset=utf-8'],
    ['json among types not offered', 'text/html, application/json'],
    ['scim+json ruled out', 'application/scim+json;q=0, application/json'],
    ['scim+json ruled out in favour of anything', 'application/scim+json;q=0, */*'],
  ])('is application/json for %s [MED-02 RC-11 ON-4]', (_what, accept) => {
    expect(negotiate(accept)).toBe('application/json')
  })

  test.each([
    ['another type', 'text/html'],
    ['everything ruled out', '*/*;q=0'],
    ['a quality that is no number', 'application/scim+json;q=high'],
    ['nonsense', ';;,='],
  ])('is refused with 406 for %s [MED-05]', (_what, accept) => {
    expect(() => negotiate(accept)).toThrow(expect.objectContaining({ status: 406 }))
    expect(negotiateError(accept)).toBe('application/scim+json')
  })

  test('of an error follows the same rules [MED-03]', () => {
    expect(negotiateError(undefined)).toBe('application/scim+json')
    expect(negotiateError('application/json')).toBe('application/json')
  })
})

describe('the media type of a request', () => {
  test.each([
    undefined,
    '',
    'application/scim+json',
    'application/json',
    'APPLICATION/JSON; Charset="UTF-8"',
    'application/scim+json;charset=utf8; profile=x',
  ])('%j is understood [MED-04 RC-12]', (header) => {
    expect(() => checkContentType(header)).not.toThrow()
  })

  test.each(['text/xml', 'text/json', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', 'json', ';'])(
    '%j is refused with 415 [MED-04 K3]',
    (header) => {
      expect(() => checkContentType(header)).toThrow(expect.objectContaining({ status: 415 }))
    },
  )
})
