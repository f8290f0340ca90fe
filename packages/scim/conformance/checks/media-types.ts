// Media types of requests and answers (RFC 7644 section 3.8).
import type { Feature } from '../check.ts'
import { ensure, holds, refused, status } from '../expect.ts'

const typeOf = (headers: Headers) => headers.get('content-type') ?? 'none'

export const mediaTypes: Feature = {
  name: 'media-types',
  checks: [
    {
      id: 'MED-01',
      level: 'MUST',
      title: 'Accept: application/scim+json is served',
      sentence: 'RFC 7644 §3.8: Service providers MUST support the "Accept" header "Accept: application/scim+json"',
      run: async (scim) => {
        const answer = status(await scim.get('/Users?count=1', { accept: 'application/scim+json' }), 200)
        ensure(typeOf(answer.headers).startsWith('application/scim+json'), `Content-Type ${typeOf(answer.headers)}`)
      },
    },
    {
      id: 'MED-02',
      level: 'SHOULD',
      title: 'Accept: application/json is served',
      sentence: 'RFC 7644 §3.8: and SHOULD support the header "Accept: application/json"',
      run: async (scim) => {
        const answer = status(await scim.get('/Users?count=1', { accept: 'application/json' }), 200)
        ensure(
          /^application\/(scim\+)?json/.test(typeOf(answer.headers)) && answer.json !== undefined,
          `Content-Type ${typeOf(answer.headers)}`,
        )
      },
    },
    {
      id: 'MED-03',
      level: 'SHOULD',
      title: 'Accept */* and application/* give application/scim+json',
      sentence: 'RFC 7644 §8.1: Applications intending to use the SCIM protocol SHOULD use the "application/scim+json" media type.',
      run: async (scim) => {
        for (const accept of ['*/*', 'application/*', 'text/html;q=0.1, */*;q=0.5']) {
          const answer = status(await scim.get('/Users?count=1', { accept }), 200)
          ensure(typeOf(answer.headers).startsWith('application/scim+json'), `${accept}: ${typeOf(answer.headers)}`)
        }
      },
    },
    {
      id: 'MED-04',
      level: 'MUST',
      title: 'application/json with parameters is taken as request',
      sentence:
        'RFC 7644 §3.8: Servers MUST accept requests and be able to return JSON-structured responses using UTF-8 encoding [RFC3629].',
      run: async (scim) => {
        for (const type of [
          'application/scim+json',
          'application/json',
          'application/json; charset=utf-8',
          'Application/SCIM+JSON;charset=UTF-8',
        ])
          status(await scim.post('/Users', scim.userBody(), { 'content-type': type }), 201)
      },
    },
    {
      id: 'MED-04.2',
      level: 'SHOULD',
      title: 'another type of body is 415',
      sentence:
        'RFC 9110 §15.5.16: The 415 (Unsupported Media Type) status code indicates that the origin server is refusing to service the request because the content is in a format not supported by this method on the target resource.',
      run: async (scim) => {
        const text = JSON.stringify(scim.userBody())
        for (const type of ['text/xml', 'application/x-www-form-urlencoded'])
          refused(await scim.post('/Users', text, { 'content-type': type }), [415, 400])
      },
    },
    {
      id: 'MED-05',
      level: 'MAY',
      title: 'Accept: text/html is 406 or ignored',
      sentence: 'RFC 9110 §15.5.7: the server is unwilling to supply a default representation',
      run: async (scim) => {
        const answer = await scim.get('/Users?count=1', { accept: 'text/html' })
        if (answer.status !== 200) refused(answer, 406)
        else ensure(answer.json !== undefined, 'the answer is no JSON')
      },
    },
    {
      id: 'MED-06',
      level: 'SHOULD',
      title: 'errors are application/scim+json too',
      sentence: 'RFC 7644 §8.1: Applications intending to use the SCIM protocol SHOULD use the "application/scim+json" media type.',
      run: async (scim) => {
        const answers = [
          await scim.get('/Users/none'),
          await scim.get('/Nothing'),
          await scim.post('/Users', '{'),
          await scim.send({ method: 'GET', path: '/Users', token: 'wrong' }),
        ]
        for (const answer of answers)
          ensure(typeOf(answer.headers).startsWith('application/scim+json'), `${answer.status}: ${typeOf(answer.headers)}`, answer)
      },
    },
    {
      id: 'JSN-02',
      level: 'MUST',
      title: 'answers are UTF-8',
      sentence: 'RFC 7644 §3.8: UTF-8 SHALL be the default encoding format.',
      run: async (scim) => {
        const { exchange } = await scim.user({ displayName: 'Zoë' })
        const charset = /charset=([^;]+)/i.exec(typeOf(exchange.headers))?.[1]
        ensure(charset === undefined || /^"?utf-8"?$/i.test(charset), `charset is ${charset}`)
        holds(exchange.json, { displayName: 'Zoë' })
      },
    },
  ],
}
