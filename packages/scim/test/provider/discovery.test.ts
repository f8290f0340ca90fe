import { describe, expect, test } from 'vitest'
import { at, BASE, harness, listAt } from './harness.ts'

const { send } = harness()

describe('discovery', () => {
  test('of the configuration is one object that tells the limits in force [DSC-01 DSC-02 DSC-04 DSC-07 BLK-20 CUR-14]', async () => {
    const tight = harness({ limits: { bulkOperationsMax: 7, bulkBytesMax: 700, pageSizeMax: 70, cursorTimeoutSeconds: 77 } })
    const { status, json } = await tight.send('GET', '/ServiceProviderConfig')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      bulk: { supported: true, maxOperations: 7, maxPayloadSize: 700 },
      filter: { maxResults: 70 },
      pagination: { cursor: true, index: true, maxPageSize: 70, cursorTimeout: 77 },
      meta: { location: `${BASE}/ServiceProviderConfig` },
    })
  })

  test.each(['/ResourceTypes', '/Schemas'])(
    'of %s is a list of all, whatever the paging [DSC-13 DSC-14 DSC-15 EN-66 EN-73]',
    async (path) => {
      const all = (await send('GET', path)).json
      const resources = listAt(all, 'Resources')
      expect(all).toMatchObject({ totalResults: resources.length, itemsPerPage: resources.length, startIndex: 1 })
      expect(resources.length).toBeGreaterThanOrEqual(3)
      expect((await send('GET', `${path}?startIndex=2&count=1&sortBy=name&attributes=name`)).json).toEqual(all)
    },
  )

  test.each(['/ResourceTypes', '/Schemas'])(
    'of %s leads to each single document by its location [DSC-09 DSC-11 DSC-14 DSC-23]',
    async (path) => {
      for (const resource of listAt((await send('GET', path)).json, 'Resources')) {
        const location = String(at(resource, 'meta', 'location'))
        expect(location.startsWith(`${BASE}${path}/`)).toBe(true)
        expect((await send('GET', location.slice(BASE.length))).json).toEqual(resource)
      }
    },
  )

  test('of a schema is found whatever the case of its URN [DSC-17]', async () => {
    expect((await send('GET', '/Schemas/URN:ietf:params:scim:schemas:CORE:2.0:user')).json).toMatchObject({
      id: 'urn:ietf:params:scim:schemas:core:2.0:User',
    })
    expect((await send('GET', '/Schemas/urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AGroup')).json).toMatchObject({ name: 'Group' })
  })

  test.each(['/Schemas/urn:x', '/ResourceTypes/Nobody', '/Schemas/urn:ietf:params:scim:api:messages:2.0:PatchOp', '/Schemas/__proto__'])(
    'of %s, which is not there, answers 404 [DSC-17 SCM-13]',
    async (path) => {
      expect(await send('GET', path)).toMatchObject({ status: 404, json: { status: '404' } })
    },
  )

  test.each(['/ServiceProviderConfig', '/ResourceTypes', '/Schemas', '/Schemas/urn:x'])(
    'of %s with a filter answers 403 [DSC-16]',
    async (path) => {
      expect(await send('GET', `${path}?filter=name+eq+%22User%22`)).toMatchObject({ status: 403, json: { status: '403' } })
    },
  )

  test('by HEAD has no body [URL-09]', async () => {
    expect(await send('HEAD', '/Schemas')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'Content-Type': 'application/scim+json; charset=utf-8' },
    })
  })
})
