import { describe, expect, test } from 'vitest'
import { get, isArray, isObject, type Json, type JsonObject } from '../../src/json.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { type Attribute, attribute } from '../../src/schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../../src/schema/common.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import { discoverySchemas, resourceTypeResource, schemaResource, serviceProviderConfig } from '../../src/schema/discovery.ts'
import type { Schema } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN, GROUP_URN, RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN, USER_URN } from '../../src/urns.ts'
import { TEST_EXTENSION_URN, TEST_RESOURCE_TYPE } from '../test-resource.ts'

/** Matchers, typed as what they stand for: anything. */
const TEXT: unknown = expect.stringMatching(/./)
const BOOLEAN: unknown = expect.any(Boolean)
const oneOf = (...words: readonly string[]): unknown => expect.toBeOneOf([...words])

const BASE = 'https://scim.example.com/scim/v2'
const TYPES = [USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE, TEST_RESOURCE_TYPE]
const SCHEMAS = discoverySchemas(TYPES)
const limits = { ...DEFAULT_LIMITS, bulkOperationsMax: 11, bulkBytesMax: 22, pageSizeMax: 33, pageSizeDefault: 7, cursorTimeoutSeconds: 44 }
const config = serviceProviderConfig({ baseUrl: BASE, limits, documentationUri: 'https://docs.example.com' })

function schemaOf(urn: string): Schema {
  const found = SCHEMAS.find(({ id }) => id === urn)
  if (found === undefined) throw new Error(`no schema ${urn}`)
  return found
}

/** What a reader who knows only the published schema would complain about. */
function complaints(attributes: readonly Attribute[], object: JsonObject, where = ''): string[] {
  const undeclared = Object.keys(object).filter((name) => !attributes.some((each) => each.name === name))
  const missing = attributes.filter((each) => each.required && get(object, each.name) === undefined)
  return [
    ...undeclared.map((name) => `${where}${name} is not declared`),
    ...missing.map(({ name }) => `${where}${name} is missing`),
    ...attributes.flatMap((each) => {
      const value = get(object, each.name)
      return value === undefined ? [] : valueComplaints(each, value, where + each.name)
    }),
  ]
}

const JSON_TYPES = new Map([
  ['boolean', 'boolean'],
  ['integer', 'number'],
  ['decimal', 'number'],
])

function valueComplaints(declared: Attribute, value: Json, where: string): string[] {
  if (declared.multiValued !== isArray(value)) return [`${where} is ${isArray(value) ? '' : 'not '}a list`]
  const values = isArray(value) ? value : [value]
  return values.flatMap((each) => {
    if (declared.type === 'complex')
      return isObject(each) ? complaints(declared.subAttributes, each, `${where}.`) : [`${where} is no object`]
    const known = declared.canonicalValues
    if (typeof each !== (JSON_TYPES.get(declared.type) ?? 'string')) return [`${where} is a ${typeof each}`]
    return known.length > 0 && typeof each === 'string' && !known.includes(each) ? [`${where} is ${each}`] : []
  })
}

/** The members of a published attribute, its sub-attributes too. */
function published(json: JsonObject, name = 'attributes'): JsonObject[] {
  const attributes = get(json, name)
  return (isArray(attributes) ? attributes.filter(isObject) : []).flatMap((each) => [each, ...published(each, 'subAttributes')])
}

describe('ServiceProviderConfig', () => {
  test('is one object of its schema with a location [DSC-01]', () => {
    expect(config).toMatchObject({
      schemas: [SERVICE_PROVIDER_CONFIG_URN],
      documentationUri: 'https://docs.example.com',
      meta: { resourceType: 'ServiceProviderConfig', location: `${BASE}/ServiceProviderConfig` },
    })
  })

  test('tells what is supported, with the limits that hold [DSC-02 DSC-03 DSC-04 BLK-20]', () => {
    expect(config).toMatchObject({
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 11, maxPayloadSize: 22 },
      filter: { supported: true, maxResults: 33 },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: true },
    })
  })

  test('tells both ways of paging, index by default [CUR-14 CUR-11]', () => {
    expect(config['pagination']).toEqual({
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: 7,
      maxPageSize: 33,
      cursorTimeout: 44,
    })
  })

  test('offers a bearer token and nothing else [DSC-05 AUT-08]', () => {
    expect(config['authenticationSchemes']).toEqual([
      {
        type: 'oauthbearertoken',
        name: TEXT,
        description: TEXT,
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        documentationUri: 'https://docs.example.com',
        primary: true,
      },
    ])
  })

  test('has no documentationUri when there is none', () => {
    expect(JSON.stringify(serviceProviderConfig({ baseUrl: BASE, limits }))).not.toContain('documentationUri')
  })
})

describe('ResourceTypes', () => {
  test('User is served at /Users with an optional extension [DSC-09 DSC-10 DSC-12]', () => {
    expect(resourceTypeResource(USER_RESOURCE_TYPE, BASE)).toEqual({
      schemas: [RESOURCE_TYPE_URN],
      id: 'User',
      name: 'User',
      description: 'User Account',
      endpoint: '/Users',
      schema: USER_URN,
      schemaExtensions: [{ schema: ENTERPRISE_USER_URN, required: false }],
      meta: { resourceType: 'ResourceType', location: `${BASE}/ResourceTypes/User` },
    })
  })

  test('Group has no extensions to list', () => {
    expect(resourceTypeResource(GROUP_RESOURCE_TYPE, BASE)).not.toHaveProperty('schemaExtensions')
  })

  test.each(TYPES.map((type) => [type.name, type] as const))('%s names only schemas that are published [DSC-11 DSC-23]', (name, type) => {
    const ids = SCHEMAS.map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining([type.schema.id, ...type.extensions.map(({ schema }) => schema.id)]))
    expect(type.endpoint).toBe(`/${name}s`)
  })
})

describe('Schemas', () => {
  test('all are published once, message schemas never [DSC-13 SCM-13]', () => {
    const ids = SCHEMAS.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)])
    expect(ids).toEqual(
      expect.arrayContaining([USER_URN, GROUP_URN, ENTERPRISE_USER_URN, SERVICE_PROVIDER_CONFIG_URN, RESOURCE_TYPE_URN, SCHEMA_URN]),
    )
    expect(ids.filter((id) => id.startsWith('urn:ietf:params:scim:api:'))).toEqual([])
  })

  test('a schema that two types share is published once', () => {
    const twin = { ...USER_RESOURCE_TYPE, name: 'Twin' }
    expect(discoverySchemas([USER_RESOURCE_TYPE, twin])).toEqual(discoverySchemas([USER_RESOURCE_TYPE]))
  })

  const resources = SCHEMAS.map((schema) => [schema.id, schemaResource(schema, BASE)] as const)

  test.each(resources)('%s has id, name, description, attributes and a location [DSC-14 DSC-18]', (id, json) => {
    expect(json).toMatchObject({
      schemas: [SCHEMA_URN],
      id: TEXT,
      name: TEXT,
      description: TEXT,
      meta: { resourceType: 'Schema', location: `${BASE}/Schemas/${id}` },
    })
    expect(id).toMatch(/^urn:/)
    expect(published(json).length).toBeGreaterThan(0)
  })

  test.each(resources)(
    '%s publishes every characteristic of every attribute in the right words [DSC-19 CHR-08 JSN-26 EN-66]',
    (_id, json) => {
      for (const each of published(json)) {
        const isComplex = each['type'] === 'complex'
        expect(each).toMatchObject({
          name: TEXT,
          type: oneOf('string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'),
          multiValued: BOOLEAN,
          description: TEXT,
          required: BOOLEAN,
          mutability: oneOf('readOnly', 'readWrite', 'immutable', 'writeOnly'),
          returned: oneOf('always', 'never', 'default', 'request'),
        })
        expect(get(each, 'caseExact')).toEqual(isComplex ? undefined : BOOLEAN)
        expect(get(each, 'uniqueness')).toEqual(isComplex ? undefined : oneOf('none', 'server', 'global'))
      }
      expect(JSON.stringify(json)).not.toContain('null')
    },
  )

  test.each(resources)('%s has names that the RFC allows, two levels deep [JSN-04 JSN-05 JSN-06]', (id, json) => {
    for (const each of published(json)) {
      expect(each['name']).toMatch(/^(\$ref|[A-Za-z][A-Za-z0-9$_-]*)$/)
      if (id !== SCHEMA_URN) expect(published(each, 'subAttributes').filter((sub) => sub['type'] === 'complex')).toEqual([])
    }
  })

  test.each(resources)(
    '%s lists sub-attributes of complex attributes and targets of references, and of no others [DSC-20 DSC-22]',
    (_id, json) => {
      for (const each of published(json)) {
        expect(isArray(get(each, 'subAttributes'))).toBe(each['type'] === 'complex')
        expect(isArray(get(each, 'referenceTypes'))).toBe(each['type'] === 'reference')
      }
    },
  )

  test.each(resources)('%s keeps the meaning of type, primary, display and $ref [JSN-19]', (id, json) => {
    if ([SERVICE_PROVIDER_CONFIG_URN, SCHEMA_URN].includes(id)) return
    const types = { type: 'string', primary: 'boolean', display: 'string', $ref: 'reference' }
    const subs = published(json).flatMap((each) => published(each, 'subAttributes'))
    for (const [name, type] of Object.entries(types)) {
      expect(subs.filter((each) => each['name'] === name && each['type'] !== type)).toEqual([])
    }
  })

  test('canonical values are published where there are some, and only there [DSC-21]', () => {
    const json = schemaResource(USER_RESOURCE_TYPE.schema, BASE)
    const lists = published(json).filter((each) => get(each, 'canonicalValues') !== undefined)
    expect(lists).toHaveLength(6)
    expect(lists[0]).toMatchObject({ name: 'type', canonicalValues: ['work', 'home', 'other'] })
  })

  test('neither password nor defaults nor checks are published [USR-09 C5]', () => {
    const text = JSON.stringify(resources.filter(([id]) => [USER_URN, GROUP_URN, ENTERPRISE_USER_URN].includes(id)))
    expect(text).not.toContain('"password"')
    expect(text).not.toMatch(/"(defaultValue|keptOnReplace|check)"/)
  })

  test('an attribute declared by nothing but its name is published with the defaults [CHR-08]', () => {
    const schema = { id: 'urn:x:y', name: 'X', description: 'X', attributes: [attribute({ name: 'plain', description: 'Plain.' })] }
    expect(schemaResource(schema, BASE)['attributes']).toEqual([
      {
        name: 'plain',
        type: 'string',
        multiValued: false,
        description: 'Plain.',
        required: false,
        caseExact: false,
        mutability: 'readWrite',
        returned: 'default',
        uniqueness: 'none',
      },
    ])
  })

  test('a location keeps the colons of its URN and encodes the rest [URL-01]', () => {
    const location = (id: string) => schemaResource({ id, name: 'X', description: 'X', attributes: [] }, BASE)['meta']
    expect(location(TEST_EXTENSION_URN)).toMatchObject({ location: `${BASE}/Schemas/${TEST_EXTENSION_URN}` })
    expect(location('urn:a b/c?d')).toMatchObject({ location: `${BASE}/Schemas/urn:a%20b%2Fc%3Fd` })
  })
})

describe('the discovery documents fit the schemas that they publish [DSC-07]', () => {
  const documents: [string, JsonObject, string][] = [
    ['ServiceProviderConfig', config, SERVICE_PROVIDER_CONFIG_URN],
    ...TYPES.map((type): [string, JsonObject, string] => [
      `ResourceType ${type.name}`,
      resourceTypeResource(type, BASE),
      RESOURCE_TYPE_URN,
    ]),
    ...SCHEMAS.map((schema): [string, JsonObject, string] => [`Schema ${schema.id}`, schemaResource(schema, BASE), SCHEMA_URN]),
  ]

  test.each(documents)('%s', (_name, json, urn) => {
    const common = COMMON_ATTRIBUTES.filter(({ name }) => name === 'schemas' || name === 'meta')
    // The schema of schemas ends two levels down, where its own description would have to go on (RFC 7643 section 8.7.2).
    const ofItself = urn === SCHEMA_URN && json['id'] === SCHEMA_URN
    const found = complaints([...common, ...schemaOf(urn).attributes], json)
    expect(found.filter((text) => !(ofItself && text.includes('subAttributes')))).toEqual([])
  })

  test('and the reader of this test does find faults', () => {
    const { patch: _patch, ...rest } = config
    const attributes = schemaOf(SERVICE_PROVIDER_CONFIG_URN).attributes
    expect(complaints(attributes, { ...rest, sort: [true], odd: 1 })).toEqual(
      expect.arrayContaining(['schemas is not declared', 'odd is not declared', 'patch is missing', 'sort is a list']),
    )
  })
})
