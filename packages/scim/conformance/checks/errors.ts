// Errors and refusals (RFC 7644 section 3.12).
import { at, listAt, textAt, USER_URN } from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Feature } from '../check.ts'
import { ensure, refused, same } from '../expect.ts'

export const errors: Feature = {
  name: 'errors',
  checks: [
    {
      id: 'ERR-01',
      level: 'MUST',
      title: 'every error has a JSON body with the Error schema',
      sentence:
        'RFC 7644 §3.12: In addition to returning an HTTP response code, implementers MUST return the errors in the body of the response in a JSON format',
      run: async (scim) => {
        refused(await scim.get('/Users/none'), 404)
        refused(await scim.get('/Nothing/at/all'), 404)
        refused(await scim.post('/Users', '{'), 400)
        refused(await scim.send({ method: 'GET', path: '/Users', token: 'wrong' }), 401)
        refused(await scim.get('/Users?filter=x'), [400, 501])
      },
    },
    {
      id: 'ERR-02',
      level: 'MUST',
      title: 'status is a string',
      sentence: 'RFC 7644 §3.12: status The HTTP status code (see Section 6 of [RFC7231]) expressed as a JSON string. REQUIRED.',
      run: async (scim) => same(at((await scim.get('/Users/none')).json, 'status'), '404', 'status'),
    },
    {
      id: 'ERR-03',
      level: 'SHOULD',
      title: 'an error explains itself',
      sentence: 'RFC 7644 §3.12: detail A detailed human-readable message. OPTIONAL.',
      run: async (scim) => {
        for (const answer of [await scim.get('/Users/none'), await scim.post('/Users', { schemas: [USER_URN] })])
          ensure((textAt(answer.json, 'detail') ?? '').length > 5, `the detail is ${textAt(answer.json, 'detail')}`, answer)
      },
    },
    {
      id: 'ERR-05',
      level: 'MUST',
      title: 'a 404 has no scimType',
      sentence: 'RFC 7644 §3.12: For HTTP status code 400 (Bad Request) responses, the following detail error types are defined',
      run: async (scim) => same(at((await scim.get('/Users/none')).json, 'scimType'), undefined, 'scimType'),
    },
    {
      id: 'ERR-06',
      level: 'MUST',
      title: 'an error repeats no password',
      sentence: 'RFC 7643 §9.3: personal and secret values have to be protected',
      run: async (scim) => {
        const password = `S3cret-${scim.unique()}`
        const answer = await scim.post('/Users', { schemas: [USER_URN], password })
        refused(answer, 400)
        ensure(!answer.text.includes(password), 'the password is in the error')
      },
    },
    {
      id: 'ERR-04',
      level: 'SHOULD',
      title: 'hostile input is no server error',
      sentence: 'RFC 7644 §3.12: Implementers SHOULD provide descriptive debugging advice.',
      run: async (scim) => {
        const long = 'x'.repeat(2_000)
        const answers = [
          await scim.get(`/Users/${'%2e%2e'.repeat(4)}`),
          await scim.get(`/Users/${long}`),
          await scim.get('/Users?filter=%ff%fe'),
          await scim.get('/Users?startIndex=99999999999999999999'),
          await scim.get('/Users?count=1e9'),
          await scim.get(`/Users?sortBy=${long}`),
          await scim.get(`/Users?attributes=${'a,'.repeat(500)}`),
          await scim.post('/Users', '\ufeff{}'),
          await scim.post('/Users', new Uint8Array([0xff, 0xfe, 0x00])),
          await scim.post('/Users', { schemas: [USER_URN], userName: '\ud800' }),
        ]
        for (const answer of answers) ensure(answer.status < 500, `a server error: ${answer.status}`, answer)
      },
    },
    {
      id: 'LEN-02',
      level: 'MAY',
      title: 'a body of 20 MB is refused with 413 or 400, or taken',
      sentence: 'RFC 7644 §3.12: The specified Maximum … is exceeded: 413 (Payload Too Large)',
      run: async (scim) => {
        const answer = await scim.post('/Users', scim.userBody({ displayName: 'x'.repeat(20 * 1024 * 1024) }))
        if (answer.status !== 201) refused(answer, [413, 400])
      },
    },
    {
      id: 'QRY-08',
      level: 'MUST',
      title: 'everybody at once is a page or tooMany',
      sentence:
        'RFC 7644 §3.4.2.1: the server SHALL reject the request by returning an HTTP response with HTTP status code 400 (Bad Request) and JSON attribute "scimType" set to "tooMany"',
      run: async (scim) => {
        const answer = await scim.get('/Users')
        if (answer.status !== 200) return refused(answer, 400, 'tooMany')
        const { maxResults } = scim.capabilities
        if (maxResults === undefined || maxResults === 0) throw new CheckSkipped('filter.maxResults is not published')
        ensure(listAt(answer.json, 'Resources').length <= maxResults, `more than filter.maxResults (${maxResults})`)
      },
    },
    {
      id: 'URL-05',
      level: 'MUST',
      title: 'another protocol version is refused',
      sentence:
        'RFC 7644 §3.13: When specified, service providers MUST perform the operation using the desired version or reject the request.',
      run: async (scim) => {
        const root = /^(https?:\/\/[^/]+.*)\/v2$/.exec(scim.client.baseUrl)?.[1]
        if (root === undefined) throw new CheckSkipped('the base URL does not end in /v2')
        const answer = await scim.get('/../v9/Users?count=1')
        ensure(answer.status >= 300 && answer.status < 500, `v9 answers ${answer.status}`)
      },
    },
  ],
}
