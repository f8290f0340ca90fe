// Versions and conditional requests (RFC 7644 section 3.14, RFC 9110 section 13).
import { textAt } from '../../src/client/client.ts'
import type { Feature } from '../check.ts'
import { ensure, holds, refused, same, status } from '../expect.ts'

const ETAG = /^(W\/)?"[\x21\x23-\x7e]*"$/

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
