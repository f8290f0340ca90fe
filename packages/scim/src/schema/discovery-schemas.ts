// The schemas of the discovery documents themselves (RFC 7643 section 8.7.2, with errata 5606, 5607, 7522, 8011, 8415 and 8475, and
// the pagination attribute of RFC 9865 section 4). All of it is readOnly.
import { RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN } from '../urns.ts'
import { type Attribute, attribute } from './attribute.ts'
import type { Schema } from './resource-type.ts'

type Declared = Partial<Attribute>

const text = (name: string, description: string, declared: Declared = {}) =>
  attribute({ name, description, mutability: 'readOnly', ...declared })

const flag = (name: string, description: string, declared: Declared = {}) => text(name, description, { type: 'boolean', ...declared })

const count = (name: string, description: string, declared: Declared = {}) => text(name, description, { type: 'integer', ...declared })

const uri = (name: string, description: string, declared: Declared = {}) =>
  text(name, description, { type: 'reference', referenceTypes: ['uri'], caseExact: true, ...declared })

const link = (name: string, description: string) => uri(name, description, { referenceTypes: ['external'] })

const complex = (name: string, description: string, subAttributes: readonly Attribute[], declared: Declared = {}) =>
  text(name, description, { type: 'complex', subAttributes, ...declared })

const REQUIRED: Declared = { required: true }
const MANY: Declared = { required: true, multiValued: true }
const SUPPORTED = flag('supported', 'Whether the operation is supported.', REQUIRED)

export const SERVICE_PROVIDER_CONFIG_SCHEMA: Schema = {
  id: SERVICE_PROVIDER_CONFIG_URN,
  name: 'Service Provider Configuration',
  description: "The service provider's configuration.",
  attributes: [
    link('documentationUri', "URL of the service provider's documentation for people."),
    complex('patch', 'PATCH options.', [SUPPORTED], REQUIRED),
    complex(
      'bulk',
      'Bulk options.',
      [
        SUPPORTED,
        count('maxOperations', 'Most operations in one request.', REQUIRED),
        count('maxPayloadSize', 'Most bytes in one request.', REQUIRED),
      ],
      REQUIRED,
    ),
    complex('filter', 'Filter options.', [SUPPORTED, count('maxResults', 'Most resources in one response.', REQUIRED)], REQUIRED),
    complex('changePassword', 'Options for changing a password.', [SUPPORTED], REQUIRED),
    complex('sort', 'Sort options.', [SUPPORTED], REQUIRED),
    complex('etag', 'ETag options.', [SUPPORTED], REQUIRED),
    complex(
      'authenticationSchemes',
      'Supported authentication schemes.',
      [
        text('type', 'The authentication scheme.', {
          ...REQUIRED,
          canonicalValues: ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'],
        }),
        text('name', "The scheme's common name, such as HTTP Basic.", REQUIRED),
        text('description', 'A description of the scheme.', REQUIRED),
        link('specUri', "URL of the scheme's specification."),
        link('documentationUri', "URL of the scheme's documentation."),
        flag('primary', 'Whether this is the preferred scheme.'),
      ],
      MANY,
    ),
    complex('pagination', 'Pagination options (RFC 9865).', [
      flag('cursor', 'Whether cursor-based pagination is supported.', REQUIRED),
      flag('index', 'Whether index-based pagination is supported.', REQUIRED),
      text('defaultPaginationMethod', 'The method used when the client names none.', { canonicalValues: ['cursor', 'index'] }),
      count('defaultPageSize', 'Resources on a page when the client gives no count.'),
      count('maxPageSize', 'Most resources on a page, whatever the count.'),
      count('cursorTimeout', 'Seconds for which a cursor is good.'),
    ]),
  ],
}

export const RESOURCE_TYPE_SCHEMA: Schema = {
  id: RESOURCE_TYPE_URN,
  name: 'ResourceType',
  description: 'A type of resource that the service provider has.',
  attributes: [
    text('id', "The resource type's unique id, which may be its name."),
    text('name', "The resource type's name, such as 'User'.", { ...REQUIRED, uniqueness: 'server' }),
    text('description', "The resource type's description for people."),
    uri('endpoint', "The resource type's endpoint relative to the base URL, such as '/Users'.", { ...REQUIRED, uniqueness: 'server' }),
    uri('schema', "The URI of the resource type's base schema.", REQUIRED),
    complex(
      'schemaExtensions',
      "The resource type's schema extensions.",
      [
        uri('schema', 'The URI of the extension.', REQUIRED),
        flag('required', 'Whether a resource of this type must have the extension and its required attributes.', REQUIRED),
      ],
      { multiValued: true },
    ),
  ],
}

const MUTABILITIES = ['readOnly', 'readWrite', 'immutable', 'writeOnly']
const TYPES = ['string', 'complex', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary']

const CHARACTERISTICS = [
  text('name', "The attribute's name.", { ...REQUIRED, caseExact: true }),
  text('type', "The attribute's data type.", { ...REQUIRED, canonicalValues: TYPES }),
  flag('multiValued', 'Whether the attribute may have several values.', REQUIRED),
  text('description', "The attribute's description for people.", { caseExact: true }),
  flag('required', 'Whether the attribute is required.'),
  text('canonicalValues', "The canonical values, such as 'work' and 'home'.", { multiValued: true, caseExact: true }),
  flag('caseExact', 'Whether the case of the value matters.'),
  text('mutability', 'Whether and when the attribute may be changed.', { caseExact: true, canonicalValues: MUTABILITIES }),
  text('returned', 'When the attribute is returned.', { caseExact: true, canonicalValues: ['always', 'never', 'default', 'request'] }),
  text('uniqueness', 'How unique a value must be.', { caseExact: true, canonicalValues: ['none', 'server', 'global'] }),
  text('referenceTypes', "What a reference may refer to, such as 'User'.", { multiValued: true, caseExact: true }),
]

/** Sub-attributes are never complex, so their description ends one level below (erratum 8415). */
const SUB_CHARACTERISTICS = CHARACTERISTICS.map((characteristic) =>
  characteristic.name === 'type' ? { ...characteristic, canonicalValues: TYPES.filter((type) => type !== 'complex') } : characteristic,
)

export const SCHEMA_SCHEMA: Schema = {
  id: SCHEMA_URN,
  name: 'Schema',
  description: 'A schema that describes resources.',
  attributes: [
    text('id', 'The unique URI of the schema.', REQUIRED),
    text('name', "The schema's name for people, such as 'User'.", REQUIRED),
    text('description', "The schema's description for people."),
    complex(
      'attributes',
      'The attributes of the schema.',
      [
        ...CHARACTERISTICS,
        complex('subAttributes', 'The sub-attributes of a complex attribute.', SUB_CHARACTERISTICS, { multiValued: true }),
      ],
      MANY,
    ),
  ],
}
