// Reading single resources, URLs and methods (RFC 7644 sections 1.2, 3.2, 3.4.1, 3.11, 3.13; RFC 9110).
import { at, listAt, textAt, USER_URN } from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Feature } from '../check.ts'
import { ensure, holds, refused, same, status } from '../expect.ts'

export const retrieve: Feature = {
  name: 'retrieve',
  checks: [
    {
      id: 'GET-01',
      level: 'MUST',
      title: 'a resource is read by its URI',
      sentence:
        'RFC 7644 §3.4.1: If the resource exists, the server responds with HTTP status code 200 (OK) and includes the result in the body of the response.',
      run: async (scim) => {
        const { path, id } = await scim.user()
        holds(await scim.read(path), { id })
      },
    },
    {
      id: 'GET-01.2',
      level: 'MUST',
      title: 'an unknown id is 404, whatever its form',
      sentence: 'RFC 7644 §3.12: Specified resource (e.g., User) or endpoint does not exist.',
      run: async (scim) => {
        for (const id of [crypto.randomUUID(), 'not-a-uuid', '00919288221112222', '010101001010101011001010101011', '%00', 'ä'])
          refused(await scim.get(`/Users/${encodeURI(id)}`), [404, 400])
        refused(await scim.get(`/Users/${crypto.randomUUID()}`), 404)
        refused(await scim.get('/Users/not-a-uuid'), 404)
      },
    },
    {
      id: 'COM-03',
      level: 'MUST',
      title: 'a user is not found below Groups',
      sentence: "RFC 7643 §3.1: This identifier MUST be unique across the SCIM service provider's entire set of resources.",
      needs: ['Group'],
      run: async (scim) => refused(await scim.get(`/Groups/${(await scim.user()).id}`), 404),
    },
    {
      id: 'COM-03.2',
      level: 'MUST',
      title: 'ids of users and groups never repeat',
      sentence: "RFC 7643 §3.1: This identifier MUST be unique across the SCIM service provider's entire set of resources.",
      needs: ['Group'],
      run: async (scim) => {
        const ids: string[] = []
        for (let i = 0; i < 5; i += 1) ids.push((await scim.user()).id, (await scim.group()).id)
        same(new Set(ids).size, ids.length, 'number of distinct ids')
      },
    },
    {
      id: 'COM-04',
      level: 'MUST',
      title: 'the id stays when the resource changes',
      sentence:
        'RFC 7643 §3.1: It MUST be a stable, non-reassignable identifier that does not change when the same resource is returned in subsequent requests.',
      run: async (scim) => {
        const { path, id, body } = await scim.user()
        const changed = status(await scim.put(path, { ...body, userName: scim.unique() }), 200)
        ensure(textAt(changed.json, 'id') === id, 'the id changed')
      },
    },
    {
      id: 'COM-14',
      level: 'MUST',
      title: 'Content-Location, where it is sent, equals meta.location',
      sentence: 'RFC 7643 §3.1: This value MUST be the same as the "Content-Location" HTTP response header',
      run: async (scim) => {
        const { path } = await scim.user()
        const answer = status(await scim.get(path), 200)
        const header = answer.headers.get('content-location')
        if (header === null) throw new CheckSkipped('no Content-Location is sent')
        ensure(header === textAt(answer.json, 'meta', 'location'), `Content-Location is ${header}`)
      },
    },
    {
      id: 'COM-14.2',
      level: 'MUST',
      title: 'meta.location answers with the same resource',
      sentence:
        'RFC 7643 §2.3.7: An HTTP client performing a GET operation on a reference URI MUST receive the target resource or an appropriate HTTP response code.',
      run: async (scim) => {
        const { path } = await scim.user()
        const first = await scim.read(path)
        const location = textAt(first, 'meta', 'location') ?? ''
        // The host may be the public one; the path below the root is what can be tried from here.
        ensure(location.endsWith(path), `${location} does not end with ${path}`)
        same(await scim.read(location.slice(location.length - path.length)), first, 'the resource at meta.location')
      },
    },
    {
      id: 'COM-15',
      level: 'MUST',
      title: 'meta.version equals the ETag header',
      sentence:
        "RFC 7644 §3.14: When supported, SCIM ETags MUST be specified as an HTTP header and SHOULD be specified within the 'version' attribute contained in the resource's 'meta' attribute.",
      needs: ['etag'],
      run: async (scim) => {
        const answer = status(await scim.get((await scim.user()).path), 200)
        const etag = answer.headers.get('etag')
        ensure(etag !== null, 'there is no ETag header')
        ensure(
          (textAt(answer.json, 'meta', 'version') ?? etag) === etag,
          `meta.version ${textAt(answer.json, 'meta', 'version')}, ETag ${etag}`,
        )
      },
    },
    {
      id: 'GET-02',
      level: 'MUST',
      title: 'a plain GET shows schemas, id and meta',
      sentence:
        'RFC 7643 §3: All representations of SCIM schemas MUST include a non-empty array with value(s) of the URIs supported by that representation.',
      run: async (scim) => {
        const body = await scim.read((await scim.user()).path)
        ensure(listAt(body, 'schemas').includes(USER_URN), 'schemas names User')
        holds(body, { meta: { resourceType: 'User' } })
      },
    },
    {
      id: 'URL-01',
      level: 'MUST',
      title: 'a + in a value arrives as %2B, a space as %20 or +',
      sentence: 'RFC 7644 §1.2: Implementers MUST percent-encode URLs as described in Section 2.1 of [RFC3986].',
      needs: ['filter'],
      run: async (scim) => {
        const userName = `a+b-${scim.unique()}`
        const { id } = await scim.user({ userName })
        const value = encodeURIComponent(userName)
        for (const space of ['%20', '+']) {
          const { json } = status(await scim.get(`/Users?filter=userName${space}eq${space}%22${value}%22`), 200)
          ensure(textAt(json, 'Resources', 0, 'id') === id, `not found with ${space} for a space`)
        }
      },
    },
    {
      id: 'URL-02',
      level: 'MUST',
      title: 'locations have no query',
      sentence: 'RFC 7644 §1.3: The Base URI MUST NOT contain a query string',
      run: async (scim) => {
        const { json } = status(await scim.post('/Users?x=1', scim.userBody()), 201)
        ensure(!(textAt(json, 'meta', 'location') ?? '?').includes('?'), `meta.location is ${textAt(json, 'meta', 'location')}`)
      },
    },
    {
      id: 'URL-03',
      level: 'MUST',
      title: 'PUT creates nothing',
      sentence: 'RFC 7644 §3.2: PUT MUST NOT be used to create new resources.',
      run: async (scim) => {
        const path = `/Users/${crypto.randomUUID()}`
        refused(await scim.put(path, scim.userBody()), 404)
        refused(await scim.get(path), 404)
      },
    },
    {
      id: 'URL-07',
      level: 'MUST',
      title: 'an unknown endpoint is 404',
      sentence: 'RFC 7644 §3.12: Specified resource (e.g., User) or endpoint does not exist.',
      run: async (scim) => refused(await scim.get('/Nothing'), 404),
    },
    {
      id: 'URL-07.2',
      level: 'MUST',
      title: 'PUT, PATCH and DELETE on a collection are refused',
      sentence: 'RFC 7644 §3.12: Service provider does not support the request operation, e.g., PATCH.',
      run: async (scim) => {
        for (const method of ['PUT', 'PATCH', 'DELETE']) {
          const body = method === 'DELETE' ? undefined : { schemas: [USER_URN] }
          refused(await scim.send({ method, path: '/Users', body }), [404, 405, 501])
        }
      },
    },
    {
      id: 'URL-08',
      level: 'MUST',
      title: 'a 405 names the methods that are allowed',
      sentence: 'RFC 9110 §15.5.6: The origin server MUST generate an Allow header field in a 405 response',
      run: async (scim) => {
        const answer = await scim.delete('/ServiceProviderConfig')
        if (answer.status !== 405) throw new CheckSkipped(`the server answers ${answer.status}, not 405`)
        ensure((answer.headers.get('allow') ?? '').includes('GET'), `Allow is ${answer.headers.get('allow')}`)
      },
    },
    {
      id: 'URL-09',
      level: 'MUST',
      title: 'HEAD is GET without a body',
      sentence: 'RFC 9110 §9.3.2: The HEAD method is identical to GET except that the server MUST NOT send content in the response.',
      run: async (scim) => {
        const { path } = await scim.user()
        const [head, get] = [await scim.send({ method: 'HEAD', path }), await scim.get(path)]
        if (head.status === 405 || head.status === 501) throw new CheckSkipped('HEAD is not supported')
        ensure(head.status === get.status && head.text === '', `HEAD answers ${head.status} with ${head.text.length} characters`, head)
        for (const name of ['etag', 'content-type']) ensure(head.headers.get(name) === get.headers.get(name), `${name} differs`, head)
      },
    },
    {
      id: 'URL-10',
      level: 'SHOULD',
      title: 'a URI of 8000 octets is answered',
      sentence:
        'RFC 9110 §4.1: It is RECOMMENDED that all senders and recipients support, at a minimum, URIs with lengths of 8000 octets in protocol elements.',
      needs: ['filter'],
      run: async (scim) => {
        const answer = await scim.get(`/Users?filter=userName%20eq%20%22${'x'.repeat(7_900)}%22`)
        if (answer.status !== 200) refused(answer, 400, 'invalidFilter', 'invalidValue')
      },
    },
    {
      id: 'QRY-06',
      level: 'SHOULD',
      title: 'unknown query parameters are ignored',
      sentence:
        'RFC 7644 §3.4.2: SHOULD ignore any query parameters they do not recognize instead of rejecting the query for versioning compatibility reasons.',
      run: async (scim) => {
        for (const query of ['?foo=1', '?aadOptscim062020', '?foo=1&', '?']) status(await scim.get(`/Users${query}`), 200)
      },
    },
    {
      id: 'ME-01',
      level: 'SHOULD',
      title: '/Me is 501, a redirect, or the resource at its permanent location',
      sentence:
        'RFC 7644 §3.11: A service provider that does NOT support this feature SHOULD respond with HTTP status code 501 (Not Implemented).',
      run: async (scim) => {
        const answer = await scim.get('/Me')
        if (answer.status === 200)
          ensure(
            /\/Users\/[^/]+$/.test(answer.headers.get('location') ?? answer.headers.get('content-location') ?? ''),
            'Location is the permanent URI',
          )
        else if (answer.status === 308) ensure(answer.headers.has('location'), 'a redirect has a Location')
        else refused(answer, [501, 404])
      },
    },
    {
      id: 'JSN-10',
      level: 'MUST',
      title: 'integers have neither fraction nor exponent',
      sentence: 'RFC 7643 §2.3.4: the value MUST NOT contain fractional or exponent parts.',
      run: async (scim) => {
        const { text, json } = status(await scim.get('/Users?count=1'), 200)
        for (const name of ['totalResults', 'itemsPerPage', 'startIndex']) {
          if (at(json, name) === undefined) continue
          ensure(new RegExp(`"${name}"\\s*:\\s*-?\\d+\\s*[,}]`).test(text), `${name} is written as no integer`)
        }
      },
    },
  ],
}
