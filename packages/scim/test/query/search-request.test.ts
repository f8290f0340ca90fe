import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { parseQueryString } from '../../src/query/query-string.ts'
import { searchFromBody, searchFromParameters } from '../../src/query/search-request.ts'
import { SEARCH_REQUEST_URN } from '../../src/urns.ts'

const limits = { ...DEFAULT_LIMITS, pageSizeDefault: 100, pageSizeMax: 1000 }
const fromQuery = (query: string) => searchFromParameters(parseQueryString(query), limits)
const fromBody = (body: object) => searchFromBody({ schemas: [SEARCH_REQUEST_URN], ...body }, limits)

describe('the parameters of a query', () => {
  test.each([
    ['', { count: 100, page: { kind: 'index', startIndex: 1 }, sortOrder: 'ascending', filter: undefined, sortBy: undefined }],
    ['startIndex=0', { page: { kind: 'index', startIndex: 1 } }],
    ['startIndex=-5', { page: { kind: 'index', startIndex: 1 } }],
    ['startIndex=7&count=3', { page: { kind: 'index', startIndex: 7 }, count: 3 }],
    ['count=0', { count: 0 }],
    ['count=-3', { count: 0 }],
    ['count=1000', { count: 1000 }],
    ['count=1001', { count: 1000 }],
    ['count=2147483648', { count: 1000 }],
    [`count=${'9'.repeat(400)}`, { count: 1000 }],
    [`startIndex=${'9'.repeat(400)}`, { page: { kind: 'index', startIndex: Number.MAX_SAFE_INTEGER } }],
    ['count=&startIndex=&sortBy=&sortOrder=&attributes=', { count: 100, sortBy: undefined, attributes: [] }],
    ['cursor', { page: { kind: 'cursor', cursor: '' } }],
    ['cursor=abc&count=2', { page: { kind: 'cursor', cursor: 'abc' }, count: 2 }],
    ['filter=', { filter: '' }],
    ['sortBy=userName&sortOrder=Descending', { sortBy: 'userName', sortOrder: 'descending' }],
    ['sortOrder=descending', { sortBy: undefined }],
    ['attributes=userName,%20name.givenName,,', { attributes: ['userName', 'name.givenName'] }],
    ['excludedAttributes=members', { excludedAttributes: ['members'] }],
    ['attributes=emails%5Btype+eq+%22work%22%5D,id', { attributes: ['emails[type eq "work"]', 'id'] }],
    ['attributes=id, emails[type eq "a,b"].value ,x', { attributes: ['id', 'emails[type eq "a,b"].value', 'x'] }],
    ['attributes=emails[type eq "a],b"],x', { attributes: ['emails[type eq "a],b"]', 'x'] }],
    ['attributes=emails[type eq "\\"],b"],x', { attributes: ['emails[type eq "\\"],b"]', 'x'] }],
    ['attributes=emails[type eq "\\\\"],x', { attributes: ['emails[type eq "\\\\"]', 'x'] }],
    ['attributes=emails[type eq "a,b],x', { attributes: ['emails[type eq "a,b],x'] }],
    ['attributes=emails[type,x', { attributes: ['emails[type,x'] }],
    ['attributes=a],b,"c,d"', { attributes: ['a]', 'b', '"c', 'd"'] }],
  ])('%j are read [PAG-01 PAG-02 PAG-03 SRT-02 SRT-07 PRJ-05 RC-22 J1]', (query, expected) => {
    expect(fromQuery(query)).toMatchObject(expected)
  })

  test.each([
    ['count=abc', 'invalidValue'],
    ['count=1e9', 'invalidValue'],
    ['startIndex=1.5', 'invalidValue'],
    ['startIndex=0x1', 'invalidValue'],
    ['sortOrder=up', 'invalidValue'],
    ['cursor=&startIndex=1', 'invalidValue'],
    ['cursor&count=abc', 'invalidCount'],
  ])('%j are refused [PAG-05 SRT-07 CUR-12 J1]', (query, scimType) => {
    expect(() => fromQuery(query)).toThrow(expect.objectContaining({ status: 400, scimType }))
  })
})

describe('the body of a search request', () => {
  test.each([
    ['filter', { filter: 'userName pr' }, 'filter=userName+pr'],
    ['sorting', { sortBy: 'userName', sortOrder: 'descending' }, 'sortBy=userName&sortOrder=descending'],
    ['paging', { startIndex: 3, count: 2 }, 'startIndex=3&count=2'],
    ['a cursor', { cursor: '', count: 2 }, 'cursor&count=2'],
    ['attributes as an array', { attributes: ['userName', 'emails.value'] }, 'attributes=userName,emails.value'],
    ['attributes as a text', { attributes: 'userName,emails.value' }, 'attributes=userName,emails.value'],
    ['excludedAttributes', { excludedAttributes: ['members'] }, 'excludedAttributes=members'],
    ['a value path', { attributes: ['emails[type eq "a,b"]', 'id'] }, 'attributes=emails[type eq "a,b"],id'],
    ['a value path in a text', { attributes: 'emails[type eq "a,b"],id' }, 'attributes=emails[type eq "a,b"],id'],
    ['names of members in another case', { FILTER: 'userName pr', StartIndex: 2 }, 'filter=userName+pr&startIndex=2'],
    ['null and [] as nothing', { filter: null, count: null, cursor: null, attributes: [] }, ''],
    ['members that mean nothing here', { foo: 1 }, ''],
  ])('says by %s what the parameters of a GET say [SEA-04 CUR-13]', (_what, body, query) => {
    expect(fromBody(body)).toEqual(fromQuery(query))
  })

  test.each([
    ['count that is no number', { count: 'x' }, 'invalidValue'],
    ['count as a text', { count: '5' }, 'invalidValue'],
    ['startIndex with a fraction', { startIndex: 1.5 }, 'invalidValue'],
    ['attributes that are no names', { attributes: 1 }, 'invalidValue'],
    ['an attribute that is no name', { attributes: [1] }, 'invalidValue'],
    ['filter that is no text', { filter: {} }, 'invalidValue'],
    ['cursor that is no text', { cursor: 1 }, 'invalidValue'],
    ['cursor and startIndex', { cursor: '', startIndex: 1 }, 'invalidValue'],
    ['cursor and a count that is no number', { cursor: '', count: 'x' }, 'invalidCount'],
    ['schemas of another message', { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] }, 'invalidSyntax'],
    ['schemas that are no array', { schemas: SEARCH_REQUEST_URN }, 'invalidSyntax'],
  ])('with %s is refused [SEA-02 SEA-05]', (_what, body, scimType) => {
    expect(() => fromBody(body)).toThrow(expect.objectContaining({ status: 400, scimType }))
  })

  test.each([[[]], ['x'], [null], [1]])('that is %j is refused [SEA-02]', (body) => {
    expect(() => searchFromBody(body, limits)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidSyntax' }))
  })
})
