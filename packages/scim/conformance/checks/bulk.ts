// Bulk (RFC 7644 section 3.7).
import {
  at,
  isObject,
  listAt,
  numberAt,
  textAt,
  BULK_RESPONSE_URN,
  ENTERPRISE_USER_URN,
  ERROR_URN,
  PATCH_OP_URN,
  USER_URN,
  type Members,
} from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Feature } from '../check.ts'
import { ensure, holds, refused, same, status } from '../expect.ts'
import type { Session } from '../session.ts'

const patchOf = (...operations: readonly Members[]): Members => ({ schemas: [PATCH_OP_URN], Operations: operations })
const idOf = (result: unknown) => textAt(result, 'location')?.split('/').at(-1) ?? ''
const statusOf = (result: unknown) => {
  const given = at(result, 'status')
  return isObject(given) ? textAt(given, 'code') : given
}
const postUser = (scim: Session, bulkId: string, attributes: Members = {}): Members => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: scim.userBody(attributes),
})

/** A single operation that must fail with one of these statuses, as a result or as a refusal of the whole job. */
async function fails(scim: Session, operation: Members, ...statuses: readonly number[]): Promise<void> {
  const answer = await scim.bulk([operation])
  if (answer.status !== 200) return refused(answer, statuses)
  const [result] = listAt(answer.json, 'Operations')
  ensure(statuses.map(String).includes(String(statusOf(result))), `the result has status ${String(statusOf(result))}`, answer)
}

export const bulk: Feature = {
  name: 'bulk',
  needs: ['bulk'],
  checks: [
    {
      id: 'BLK-01',
      level: 'MUST',
      title: 'a job without the BulkRequest schema or without Operations is 400',
      sentence:
        'RFC 7644 §3.7: Bulk requests are identified using the following schema URI: "urn:ietf:params:scim:api:messages:2.0:BulkRequest".',
      run: async (scim) => {
        refused(await scim.post('/Bulk', { schemas: [USER_URN], Operations: [] }), 400, 'invalidSyntax', 'invalidValue')
        refused(
          await scim.post('/Bulk', { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'] }),
          400,
          'invalidSyntax',
          'invalidValue',
        )
        refused(await scim.post('/Bulk', '{'), 400, 'invalidSyntax', 'invalidValue')
      },
    },
    {
      id: 'BLK-02',
      level: 'MUST',
      title: 'an operation without a method, or with GET, fails',
      sentence:
        'RFC 7644 §3.7: method The HTTP method of the current operation. Possible values are "POST", "PUT", "PATCH", or "DELETE". REQUIRED.',
      run: async (scim) => {
        await fails(scim, { path: '/Users', bulkId: 'a', data: scim.userBody() }, 400)
        await fails(scim, { method: 'GET', path: '/Users' }, 400, 405, 501)
      },
    },
    {
      id: 'BLK-03',
      level: 'MUST',
      title: 'a POST needs a bulkId, each its own',
      sentence: 'RFC 7644 §3.7: REQUIRED when "method" is "POST".',
      run: async (scim) => {
        await fails(scim, { method: 'POST', path: '/Users', data: scim.userBody() }, 400)
        const answer = await scim.bulk([postUser(scim, 'same'), postUser(scim, 'same')])
        if (answer.status !== 200) return refused(answer, [400, 409])
        ensure(
          listAt(answer.json, 'Operations').some((result) => String(statusOf(result)).startsWith('4')),
          'both were created',
          answer,
        )
      },
    },
    {
      id: 'BLK-04',
      level: 'MUST',
      title: 'paths that lead nowhere fail',
      sentence: "RFC 7644 §3.7: path The resource's relative path to the SCIM service provider's root.",
      run: async (scim) => {
        for (const path of ['/Bulk', '/Nothing', 'https://other.example/Users', '/../Users', ''])
          await fails(scim, { method: 'POST', path, bulkId: 'x', data: scim.userBody() }, 400, 403, 404, 405, 501)
        await fails(scim, { method: 'PUT', path: '/Users', data: scim.userBody() }, 400, 404, 405, 501)
      },
    },
    {
      id: 'BLK-05',
      level: 'MUST',
      title: 'POST, PUT and PATCH need data',
      sentence: 'RFC 7644 §3.7: REQUIRED in a request when "method" is "POST", "PUT", or "PATCH".',
      run: async (scim) => {
        const { path } = await scim.user()
        await fails(scim, { method: 'POST', path: '/Users', bulkId: 'x' }, 400)
        await fails(scim, { method: 'PUT', path }, 400)
        await fails(scim, { method: 'PATCH', path }, 400)
      },
    },
    {
      id: 'BLK-17',
      level: 'MUST',
      title: 'create, replace, modify and delete in one job',
      sentence: 'RFC 7644 §3.7.3: The service provider response MUST include the result of all processed operations.',
      run: async (scim) => {
        const [changed, patched, gone] = [await scim.user(), await scim.user(), await scim.user()]
        const answer = await scim.bulk([
          postUser(scim, 'new'),
          { method: 'PUT', path: changed.path, data: { ...changed.body, displayName: 'put' } },
          { method: 'PATCH', path: patched.path, data: patchOf({ op: 'add', path: 'displayName', value: 'patched' }) },
          { method: 'DELETE', path: gone.path },
        ])
        ensure(listAt(status(answer, 200).json, 'schemas').includes(BULK_RESPONSE_URN), 'schemas names BulkResponse')
        const results = listAt(answer.json, 'Operations')
        same(
          results.map((result) => textAt(result, 'method')),
          ['POST', 'PUT', 'PATCH', 'DELETE'],
          'methods',
        )
        holds(await scim.read(changed.path), { displayName: 'put' })
        holds(await scim.read(patched.path), { displayName: 'patched' })
        refused(await scim.get(gone.path), 404)
      },
    },
    {
      id: 'BLK-18',
      level: 'MUST',
      title: 'status is the code that a single request would have, as a string',
      sentence:
        'RFC 7644 §3.7.3: holds the HTTP response code that would have been returned if a single HTTP request would have been used.',
      run: async (scim) => {
        const { path } = await scim.user()
        const results = await scim.bulkResults([
          postUser(scim, 'a'),
          { method: 'DELETE', path },
          { method: 'DELETE', path: `/Users/${crypto.randomUUID()}` },
        ])
        same(
          results.map((result) => at(result, 'status')),
          ['201', '204', '404'],
          'status',
        )
      },
    },
    {
      id: 'BLK-06',
      level: 'MUST',
      title: 'every result but that of a failed POST has a location',
      sentence:
        'RFC 7644 §3.7.3: A "location" attribute that includes the resource\'s endpoint MUST be returned for all operations except for failed POST operations (which have no location).',
      run: async (scim) => {
        const { path } = await scim.user()
        const results = await scim.bulkResults([
          postUser(scim, 'good'),
          { method: 'POST', path: '/Users', bulkId: 'bad', data: { schemas: [USER_URN] } },
          { method: 'PUT', path, data: { schemas: [USER_URN] } },
          { method: 'DELETE', path },
        ])
        same(
          results.map((result) => textAt(result, 'location') !== undefined),
          [true, false, true, true],
          'has a location',
        )
        ensure((textAt(results[2], 'location') ?? '').endsWith(path), 'the location of a failed PUT')
      },
    },
    {
      id: 'BLK-07',
      level: 'MUST',
      title: 'a failure carries the SCIM error in response',
      sentence:
        'RFC 7644 §3.7: When indicating an error, the "response" attribute MUST contain the detail error response as per Section 3.12.',
      run: async (scim) => {
        const [result] = await scim.bulkResults([{ method: 'POST', path: '/Users', bulkId: 'bad', data: { schemas: [USER_URN] } }])
        holds(result, { status: '400', response: { schemas: [ERROR_URN], status: '400' } })
      },
    },
    {
      id: 'BLK-19',
      level: 'MUST',
      title: 'a failure is explained',
      sentence:
        'RFC 7644 §3.7.3: If an error occurred, the status MUST also include the description attribute containing a human-readable explanation of the error.',
      run: async (scim) => {
        const [result] = await scim.bulkResults([{ method: 'DELETE', path: `/Users/${crypto.randomUUID()}` }])
        ensure((textAt(result, 'response', 'detail') ?? textAt(result, 'status', 'description') ?? '') !== '', 'there is no detail')
      },
    },
    {
      id: 'BLK-08',
      level: 'MUST',
      title: 'a job in which everything fails is 200',
      sentence:
        'RFC 7644 §3.7: If a bulk job is processed successfully, HTTP response code 200 OK MUST be returned; otherwise, an appropriate HTTP error code MUST be returned.',
      run: async (scim) => {
        same(
          (
            await scim.bulkResults([
              { method: 'DELETE', path: '/Users/a' },
              { method: 'DELETE', path: '/Users/b' },
            ])
          ).length,
          2,
          'results',
        )
      },
    },
    {
      id: 'BLK-09',
      level: 'MUST',
      title: 'the job goes on after a failure',
      sentence: 'RFC 7644 §3.7: The service provider MUST continue performing as many changes as possible and disregard partial failures.',
      run: async (scim) => {
        const results = await scim.bulkResults([
          { method: 'POST', path: '/Users', bulkId: 'bad', data: { schemas: [USER_URN] } },
          postUser(scim, 'good'),
        ])
        same(results.map(statusOf), ['400', '201'], 'status')
      },
    },
    {
      id: 'BLK-10',
      level: 'MUST',
      title: 'failOnErrors stops the job',
      sentence:
        'RFC 7644 §3.7: failOnErrors An integer specifying the number of errors that the service provider will accept before the operation is terminated and an error response is returned.',
      run: async (scim) => {
        const good = postUser(scim, 'good')
        const results = await scim.bulkResults([{ method: 'POST', path: '/Users', bulkId: 'bad', data: { schemas: [USER_URN] } }, good], {
          failOnErrors: 1,
        })
        same(results.length, 1, 'results')
        same(
          (await scim.list('/Users', { filter: `userName eq "${textAt(good, 'data', 'userName')}"` })).total,
          0,
          'users made after the stop',
        )
      },
    },
    {
      id: 'BLK-10.2',
      level: 'SHOULD',
      title: 'failOnErrors has to be an integer',
      sentence: 'RFC 7644 §3.7: failOnErrors An integer specifying the number of errors',
      run: async (scim) =>
        refused(await scim.bulk([{ method: 'DELETE', path: '/Users/a' }], { failOnErrors: 'x' }), 400, 'invalidSyntax', 'invalidValue'),
    },
    {
      id: 'BLK-11',
      level: 'MUST',
      title: 'bulkId comes back, also on failure',
      sentence: 'RFC 7644 §3.7: The service provider MUST return the same "bulkId" together with the newly created resource.',
      run: async (scim) => {
        const results = await scim.bulkResults([
          postUser(scim, 'qwerty'),
          { method: 'POST', path: '/Users', bulkId: 'bad', data: { schemas: [USER_URN] } },
        ])
        same(
          results.map((result) => textAt(result, 'bulkId')),
          ['qwerty', 'bad'],
          'bulkId',
        )
      },
    },
    {
      id: 'BLK-12',
      level: 'MUST',
      title: 'a reference to a resource made later in the job is resolved',
      sentence:
        "RFC 7644 §3.7: the service provider MUST ensure that the client's intent is preserved and the same stateful result is achieved as for non-optimized processing.",
      needs: ['Group.members'],
      run: async (scim) => {
        const results = await scim.bulkResults([
          { method: 'POST', path: '/Groups', bulkId: 'g', data: scim.groupBody({ members: [{ value: 'bulkId:u' }] }) },
          postUser(scim, 'u'),
        ])
        const find = (bulkId: string) => idOf(results.find((result) => textAt(result, 'bulkId') === bulkId))
        holds(await scim.read(`/Groups/${find('g')}`), { members: [{ value: find('u') }] })
      },
    },
    {
      id: 'BLK-13',
      level: 'MUST',
      title: 'groups that contain each other are made, or 409',
      sentence:
        'RFC 7644 §3.7.1: The service provider MUST try to resolve circular cross-references between resources in a single bulk job but MAY stop after a failed attempt and instead return HTTP status code 409 (Conflict).',
      needs: ['Group.members'],
      run: async (scim) => {
        const group = (own: string, other: string) => ({
          method: 'POST',
          path: '/Groups',
          bulkId: own,
          data: scim.groupBody({ members: [{ type: 'Group', value: `bulkId:${other}` }] }),
        })
        const results = await scim.bulkResults([group('a', 'b'), group('b', 'a')])
        if (results.every((result) => statusOf(result) === '409')) return
        same(results.map(statusOf), ['201', '201'], 'status')
        const [a, b] = results.map(idOf)
        holds(await scim.read(`/Groups/${a}`), { members: [{ value: b }] })
        holds(await scim.read(`/Groups/${b}`), { members: [{ value: a }] })
      },
    },
    {
      id: 'BLK-14',
      level: 'MUST',
      title: 'bulkId references become ids',
      sentence:
        'RFC 7644 §3.7.2: The service provider MUST replace the string "bulkId:qwerty" with the permanent resource id once created.',
      needs: ['Group.members'],
      run: async (scim) => {
        const results = await scim.bulkResults([
          postUser(scim, 'qwerty'),
          { method: 'POST', path: '/Groups', bulkId: 'g', data: scim.groupBody({ members: [{ value: 'bulkId:qwerty' }] }) },
        ])
        const members = listAt(await scim.read(`/Groups/${idOf(results[1])}`), 'members')
        same(
          members.map((member) => textAt(member, 'value')),
          [idOf(results[0])],
          'members',
        )
      },
    },
    {
      id: 'BLK-14.2',
      level: 'MUST',
      title: 'bulkId references are resolved in a PATCH',
      sentence:
        'RFC 7644 §3.7.2: The service provider MUST replace the string "bulkId:qwerty" with the permanent resource id once created.',
      needs: ['Group.members', 'patch'],
      run: async (scim) => {
        const group = await scim.group()
        const results = await scim.bulkResults([
          postUser(scim, 'q'),
          { method: 'PATCH', path: group.path, data: patchOf({ op: 'add', path: 'members', value: [{ value: 'bulkId:q' }] }) },
        ])
        holds(await scim.read(group.path), { members: [{ value: idOf(results[0]) }] })
      },
    },
    {
      id: 'BLK-15',
      level: 'MUST',
      title: 'bulkId references in extensions become ids',
      sentence:
        'RFC 7644 §3.7.2: Extensions that include references to other resources MUST be handled in the same way by the service provider.',
      needs: ['Enterprise.manager'],
      run: async (scim) => {
        const results = await scim.bulkResults([
          postUser(scim, 'alice'),
          postUser(scim, 'bob', { [ENTERPRISE_USER_URN]: { manager: { value: 'bulkId:alice' } } }),
        ])
        holds(await scim.read(`/Users/${idOf(results[1])}`), { [ENTERPRISE_USER_URN]: { manager: { value: idOf(results[0]) } } })
      },
    },
    {
      id: 'BLK-16',
      level: 'MUST',
      title: 'a bulkId that nobody has fails its operation',
      sentence: 'RFC 7644 §3.7.2: bulkId references name resources created in the same job',
      needs: ['Group.members'],
      run: (scim) =>
        fails(
          scim,
          { method: 'POST', path: '/Groups', bulkId: 'g', data: scim.groupBody({ members: [{ value: 'bulkId:nobody' }] }) },
          400,
          409,
        ),
    },
    {
      id: 'BLK-21',
      level: 'MUST',
      title: 'one operation too many is 413, and nothing is done',
      sentence:
        'RFC 7644 §3.7.4: If either limit is exceeded, the service provider MUST return HTTP response code 413 (Payload Too Large).',
      run: async (scim) => {
        const maxOperations = numberAt(scim.capabilities.provider, 'bulk', 'maxOperations') ?? 0
        if (maxOperations > 20_000) throw new CheckSkipped(`maxOperations is ${maxOperations}`)
        const { path } = await scim.user()
        refused(await scim.bulk(Array.from({ length: maxOperations + 1 }, () => ({ method: 'DELETE', path }))), 413)
        status(await scim.get(path), 200)
      },
    },
    {
      id: 'BLK-21.2',
      level: 'MUST',
      title: 'one byte too many is 413',
      sentence:
        'RFC 7644 §3.7.4: If either limit is exceeded, the service provider MUST return HTTP response code 413 (Payload Too Large).',
      run: async (scim) => {
        const maxPayloadSize = numberAt(scim.capabilities.provider, 'bulk', 'maxPayloadSize') ?? 0
        if (maxPayloadSize > 64 * 1024 * 1024) throw new CheckSkipped(`maxPayloadSize is ${maxPayloadSize}`)
        const head = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[]'
        refused(await scim.post('/Bulk', `${head}${' '.repeat(maxPayloadSize - head.length)}}`), 413)
      },
    },
    {
      id: 'BLK-22',
      level: 'MUST',
      title: 'the 413 names the limit',
      sentence: 'RFC 7644 §3.7.4: The returned response MUST specify the limit exceeded in the body of the error response.',
      run: async (scim) => {
        const maxOperations = numberAt(scim.capabilities.provider, 'bulk', 'maxOperations') ?? 0
        if (maxOperations > 20_000) throw new CheckSkipped(`maxOperations is ${maxOperations}`)
        const answer = await scim.bulk(Array.from({ length: maxOperations + 1 }, () => ({ method: 'DELETE', path: '/Users/x' })))
        ensure(
          (textAt(answer.json, 'detail') ?? '').replace(/[,. _]/g, '').includes(String(maxOperations)),
          `the detail does not say ${maxOperations}`,
        )
      },
    },
    {
      id: 'BLK-23',
      level: 'MAY',
      title: 'version in an operation acts like If-Match',
      sentence: 'RFC 7644 §3.7: Version MAY be used if the service provider supports entity-tags (ETags)',
      needs: ['etag'],
      run: async (scim) => {
        const { path } = await scim.user()
        await fails(scim, { method: 'DELETE', path, version: 'W/"stale"' }, 412, 409)
        status(await scim.get(path), 200)
      },
    },
    {
      id: 'BLK-24',
      level: 'MUST',
      title: 'a result has the version of the new state',
      sentence: 'RFC 7644 §3.7: version The current resource version.',
      needs: ['etag'],
      run: async (scim) => {
        const answer = await scim.bulk([postUser(scim, 'a')])
        const [result] = listAt(answer.json, 'Operations')
        ensure(at(answer.json, 'failOnErrors') === undefined, 'failOnErrors is in the response')
        const version = textAt(result, 'version')
        if (version === undefined) throw new CheckSkipped('results carry no version')
        ensure((await scim.get(`/Users/${idOf(result)}`)).headers.get('etag') === version, `the ETag is not ${version}`)
      },
    },
    {
      id: 'ENT-04',
      level: 'MUST',
      title: 'bulkId references in groups and extensions of one job',
      sentence:
        'RFC 7644 §3.7.2: Extensions that include references to other resources MUST be handled in the same way by the service provider.',
      needs: ['Enterprise.manager', 'Group.members'],
      run: async (scim) => {
        const results = await scim.bulkResults([
          postUser(scim, 'bob', { [ENTERPRISE_USER_URN]: { manager: { value: 'bulkId:alice' } } }),
          postUser(scim, 'alice'),
          {
            method: 'POST',
            path: '/Groups',
            bulkId: 'g',
            data: scim.groupBody({ members: [{ value: 'bulkId:alice' }, { value: 'bulkId:bob' }] }),
          },
        ])
        const find = (bulkId: string) => idOf(results.find((result) => textAt(result, 'bulkId') === bulkId))
        holds(await scim.read(`/Users/${find('bob')}`), { [ENTERPRISE_USER_URN]: { manager: { value: find('alice') } } })
        holds(await scim.read(`/Groups/${find('g')}`), { members: [{ value: find('alice') }, { value: find('bob') }] })
      },
    },
  ],
}
