// Attributes that every resource has, whatever its schemas say (RFC 7643 section 3.1). They stand in no schema of their own.
import { attribute } from './attribute.ts'

const META = attribute({
  name: 'meta',
  description: 'What the service provider keeps about the resource.',
  type: 'complex',
  mutability: 'readOnly',
  subAttributes: [
    attribute({ name: 'resourceType', description: 'Name of the resource type.', caseExact: true, mutability: 'readOnly' }),
    attribute({ name: 'created', description: 'When the resource was created.', type: 'dateTime', mutability: 'readOnly' }),
    attribute({ name: 'lastModified', description: 'When the resource last changed.', type: 'dateTime', mutability: 'readOnly' }),
    attribute({
      name: 'location',
      description: 'Absolute URI of the resource.',
      type: 'reference',
      referenceTypes: ['uri'],
      caseExact: true,
      mutability: 'readOnly',
    }),
    attribute({ name: 'version', description: 'Version of the resource, equal to its ETag.', caseExact: true, mutability: 'readOnly' }),
  ],
})

/** `schemas`, `id`, `externalId` and `meta`. `schemas` is not caseExact because URNs compare without regard to case. */
export const COMMON_ATTRIBUTES = [
  attribute({
    name: 'schemas',
    description: 'URIs of the schemas that the resource uses.',
    multiValued: true,
    required: true,
    returned: 'always',
  }),
  attribute({
    name: 'id',
    description: 'Identifier chosen by the service provider, never reassigned.',
    required: true,
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute({ name: 'externalId', description: "The client's own identifier of the resource.", caseExact: true }),
  META,
] as const
