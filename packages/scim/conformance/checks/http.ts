// Versions, media types, errors and authentication (RFC 7644 sections 2, 3.8, 3.12, 3.14; RFC 6750; RFC 9110).
import { at, textAt, listAt, USER_URN } from '../../src/client/client.ts'
import { CheckSkipped, type Feature } from '../check.ts'
import { ensure, holds, refused, same, status } from '../expect.ts'

const ETAG = /^(W\/)?"[\x21\x23-\x7e]*"$/
const typeOf = (headers: Headers) => headers.get('content-type') ?? 'none'

export const etag: Feature = {
  name: 'etag',
  needs: ['etag'],
  checks: [
    {
      id: 'VER-01',
      level: 'MUST',
      title: 'POST, GET, PUT and PATCH carry the ETag that meta.version names',
      sentence:
        "RFC 7644 §3.14: When supported, SCIM ETags MUST be specified as an HTTP header and SHOULD be specified within the 'version' attribute contained in the resource's 'meta' attribute.",
      needs: ['patch'],
      run: async (scim) => {
        const { path, body, exchange } = await scim.user()
        const answers = [
          exchange,
          await scim.get(path),
          await scim.put(path, { ...body, displayName: 'x' }),
          await scim.patch(path, [{ op: 'add', path: 'displayName', value: 'y' }]),
        ]
        for (const answer of answers) {
          const tag = answer.headers.get('etag')
          ensure(tag !== null && ETAG.test(tag), `the ETag of ${answer.method} is ${tag}`, answer)
          ensure(
            (textAt(answer.json, 'meta', 'version') ?? tag) === tag,
            `meta.version of ${answer.method} is ${textAt(answer.json, 'meta', 'version')}`,
            answer,
          )
        }
      },
    },
    {
      id: 'VER-02',
      level: 'MUST',
      title: 'If-None-Match with the current tag is 304 without a body',
      sentence:
        'RFC 7644 §3.14: If the resource has not changed, the service provider simply returns an empty body with a 304 (Not Modified) response code.',
      run: async (scim) => {
        const { path } = await scim.user()
        const tag = (await scim.get(path)).headers.get('etag') ?? ''
        for (const value of [tag, `"other", ${tag}`, '*']) {
          const answer = status(await scim.get(path, { 'if-none-match': value }), 304)
          ensure(answer.text === '', 'there is a body')
        }
        status(await scim.get(path, { 'if-none-match': '"other"' }), 200)
      },
    },
    {
      id: 'VER-07',
      level: 'MUST',
      title: 'a 304 repeats the ETag',
      sentence:
        'RFC 9110 §15.4.5: The server generating a 304 response MUST generate any of the following header fields that would have been sent in a 200 (OK) response to the same request',
      run: async (scim) => {
        const { path } = await scim.user()
        const first = await scim.get(path)
        const again = status(await scim.get(path, { 'if-none-match': first.headers.get('etag') ?? '' }), 304)
        for (const name of ['etag', 'content-location', 'cache-control', 'vary'])
          same(again.headers.get(name), first.headers.get(name), name)
      },
    },
    {
      id: 'VER-04',
      level: 'MUST',
      title: 'a stale If-Match is 412 and nothing happens',
      sentence:
        'RFC 9110 §13.1.1: An origin server that evaluates an If-Match condition MUST NOT perform the requested method if the condition evaluates to false.',
      needs: ['patch'],
      run: async (scim) => {
        const { path, body } = await scim.user()
        const headers = { 'if-match': 'W/"stale"' }
        refused(await scim.put(path, { ...body, displayName: 'x' }, headers), 412)
        refused(await scim.patch(path, [{ op: 'add', path: 'displayName', value: 'x' }], headers), 412)
        refused(await scim.delete(path, headers), 412)
        same(await scim.read(path), body, 'the resource')
      },
    },
    {
      id: 'DEL-05',
      level: 'MUST',
      title: 'DELETE with the current tag deletes',
      sentence: 'RFC 9110 §13.1.1: The "If-Match" header field makes the request method conditional',
      run: async (scim) => {
        const { path, exchange } = await scim.user()
        status(await scim.delete(path, { 'if-match': exchange.headers.get('etag') ?? '' }), 204)
      },
    },
    {
      id: 'VER-05',
      level: 'MUST',
      title: 'the current tag in If-Match is taken, weak or not',
      sentence:
        'RFC 7644 §3.14: the client MAY supply an If-Match header (Section 3.1 of [RFC7232]) for PUT and PATCH operations to ensure that the requested operation succeeds only if the supplied ETag matches the latest service provider resource',
      run: async (scim) => {
        const { path, body, exchange } = await scim.user()
        status(await scim.put(path, { ...body, displayName: 'x' }, { 'if-match': exchange.headers.get('etag') ?? '' }), 200)
        status(await scim.put(path, { ...body, displayName: 'y' }, { 'if-match': '*' }), 200)
      },
    },
    {
      id: 'VER-03',
      level: 'MUST',
      title: 'a PUT with If-None-Match: * on what exists is 412',
      sentence:
        'RFC 9110 §13.1.2: the origin server MUST respond with either a) the 304 (Not Modified) status code if the request method is GET or HEAD or b) the 412 (Precondition Failed) status code for all other request methods.',
      run: async (scim) => {
        const { path, body } = await scim.user()
        refused(await scim.put(path, { ...body, displayName: 'x' }, { 'if-none-match': '*' }), 412)
      },
    },
    {
      id: 'VER-06',
      level: 'MUST',
      title: 'If-Match is judged before If-None-Match',
      sentence: 'RFC 9110 §13.2.2: When recipient is the origin server and If-Match is present, evaluate the If-Match precondition',
      run: async (scim) => {
        const { path, exchange } = await scim.user()
        refused(await scim.get(path, { 'if-match': '"stale"', 'if-none-match': exchange.headers.get('etag') ?? '' }), 412)
      },
    },
    {
      id: 'VER-08',
      level: 'MAY',
      title: 'a malformed If-Match is refused, never ignored',
      sentence: 'RFC 9110 §8.8.3: entity-tag = [ weak ] opaque-tag',
      run: async (scim) => {
        const { path, body } = await scim.user()
        refused(await scim.put(path, { ...body, displayName: 'x' }, { 'if-match': 'stale' }), [400, 412])
      },
    },
    {
      id: 'VER-09',
      level: 'MUST',
      title: 'of two writers with the same tag one is refused',
      sentence: "RFC 7644 §3.14: ensuring that clients do not inadvertently overwrite each other's changes",
      needs: ['patch'],
      run: async (scim) => {
        const { path, exchange } = await scim.user()
        const headers = { 'if-match': exchange.headers.get('etag') ?? '' }
        const write = (value: string) => scim.patch(path, [{ op: 'add', path: 'displayName', value }], headers)
        const answers = await Promise.all([write('one'), write('two')])
        holds(
          answers.map((answer) => (answer.status === 204 ? 200 : answer.status)),
          [200, 412],
        )
      },
    },
    {
      id: 'COM-16',
      level: 'MUST',
      title: 'a tag is quoted, and weak when bodies under it differ',
      sentence:
        'RFC 7643 §3.1: the origin server MUST mark the "version" (entity-tag) as weak by prefixing its opaque value with "W/" (case sensitive).',
      run: async (scim) => {
        const { path } = await scim.user()
        const whole = (await scim.get(path)).headers.get('etag') ?? ''
        const part = (await scim.get(`${path}?attributes=userName`)).headers.get('etag') ?? ''
        ensure(ETAG.test(whole), `the ETag is ${whole}`)
        ensure(whole !== part || whole.startsWith('W/'), 'one strong tag for two bodies')
      },
    },
  ],
}

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

export const auth: Feature = {
  name: 'auth',
  checks: [
    {
      id: 'AUT-01',
      level: 'MUST',
      title: 'without credentials: 401 with WWW-Authenticate and a SCIM error',
      sentence:
        'RFC 7644 §2: a SCIM service provider SHALL indicate supported HTTP authentication schemes via the "WWW-Authenticate" header.',
      run: async (scim) => {
        const answer = await scim.send({ method: 'GET', path: '/Users', token: null })
        refused(answer, 401)
        ensure((answer.headers.get('www-authenticate') ?? '') !== '', 'there is no WWW-Authenticate header')
      },
    },
    {
      id: 'AUT-02',
      level: 'MUST',
      title: 'a wrong token is 401 with a challenge',
      sentence: 'RFC 6750 §3: the resource server MUST include the HTTP "WWW-Authenticate" response header field',
      run: async (scim) => {
        for (const token of ['wrong', 'null', 'undefined', 'x'.repeat(3000)]) {
          const answer = await scim.send({ method: 'GET', path: '/Users', token })
          refused(answer, 401)
          ensure(answer.headers.has('www-authenticate'), 'there is no WWW-Authenticate header')
        }
      },
    },
    {
      id: 'AUT-02.2',
      level: 'MUST',
      title: 'an Authorization header of another form is 401',
      sentence: 'RFC 6750 §2.1: credentials = "Bearer" 1*SP b64token',
      run: async (scim) => {
        for (const authorization of ['Bearer', 'Bearer  ', 'Basic dXNlcjpwYXNz', 'non-token', 'Bearer a b'])
          refused(await scim.get('/Users', { authorization }), [400, 401])
      },
    },
    {
      id: 'AUT-03',
      level: 'MUST',
      title: 'a token in the query is not honoured',
      sentence: 'RFC 6750 §2.3: clients should not … because of the security weaknesses associated with the URI method',
      run: async (scim) => refused(await scim.send({ method: 'GET', path: '/Users?access_token=anything', token: null }), [400, 401]),
    },
    {
      id: 'SEC-06',
      level: 'MUST',
      title: 'nobody creates, changes or deletes without credentials',
      sentence: 'RFC 7644 §2: the SCIM service provider MUST be able to map the authenticated client to an access control policy',
      run: async (scim) => {
        const { path, body } = await scim.user()
        refused(await scim.send({ method: 'POST', path: '/Users', body: scim.userBody(), token: null }), 401)
        refused(await scim.send({ method: 'PUT', path, body, token: null }), 401)
        refused(await scim.send({ method: 'DELETE', path, token: null }), 401)
        refused(await scim.send({ method: 'POST', path: '/Users/.search', body: {}, token: null }), 401)
        same(await scim.read(path), body, 'the resource')
      },
    },
    {
      id: 'AUT-02.3',
      level: 'SHOULD',
      title: 'a request without a User-Agent is answered like any other',
      sentence: 'RFC 9110 §10.1.5: a user agent SHOULD send it; nothing may depend on it',
      run: async (scim) => {
        status(await scim.get('/Users?count=1', { 'user-agent': '' }), 200)
      },
    },
  ],
}
