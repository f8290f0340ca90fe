// The discovery documents (RFC 7643 sections 5 to 7, RFC 7644 section 4, RFC 9865 section 4), made from the declarations and limits
// that the provider really works with, so that they cannot say anything else.
import type { JsonObject } from '../json.ts'
import type { Limits } from '../limits.ts'
import { RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN } from '../urns.ts'
import type { Attribute } from './attribute.ts'
import { RESOURCE_TYPE_SCHEMA, SCHEMA_SCHEMA, SERVICE_PROVIDER_CONFIG_SCHEMA } from './discovery-schemas.ts'
import type { ResourceType, Schema } from './resource-type.ts'

export type ServiceProviderConfigOptions = {
  /** Absolute URI of the service root, without a slash at its end. */
  readonly baseUrl: string
  readonly limits: Limits
  /** Where people read how to connect. */
  readonly documentationUri?: string | undefined
}

/** The ServiceProviderConfig resource (RFC 7643 section 5). */
export function serviceProviderConfig({ baseUrl, limits, documentationUri }: ServiceProviderConfigOptions): JsonObject {
  return {
    schemas: [SERVICE_PROVIDER_CONFIG_URN],
    ...(documentationUri === undefined ? {} : { documentationUri }),
    patch: { supported: true },
    bulk: { supported: limits.bulkOperationsMax > 0, maxOperations: limits.bulkOperationsMax, maxPayloadSize: limits.bulkBytesMax },
    filter: { supported: true, maxResults: limits.pageSizeMax },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth Bearer Token',
        description: 'A bearer token in the Authorization header.',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        ...(documentationUri === undefined ? {} : { documentationUri }),
        primary: true,
      },
    ],
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: limits.pageSizeDefault,
      maxPageSize: limits.pageSizeMax,
      cursorTimeout: limits.cursorTimeoutSeconds,
    },
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  }
}

/** A ResourceType resource (RFC 7643 section 6). */
export function resourceTypeResource(type: ResourceType, baseUrl: string): JsonObject {
  const { name, endpoint, description, schema, extensions } = type
  return {
    schemas: [RESOURCE_TYPE_URN],
    id: name,
    name,
    endpoint,
    description,
    schema: schema.id,
    ...(extensions.length === 0
      ? {}
      : { schemaExtensions: extensions.map((extension) => ({ schema: extension.schema.id, required: extension.required })) }),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${pathSegment(name)}` },
  }
}

/** A Schema resource (RFC 7643 section 7). */
export function schemaResource({ id, name, description, attributes }: Schema, baseUrl: string): JsonObject {
  return {
    schemas: [SCHEMA_URN],
    id,
    name,
    description,
    attributes: attributes.map(attributeResource),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${pathSegment(id)}` },
  }
}

/** All schemas that a provider of these types publishes, each once; those of the discovery documents come last. */
export function discoverySchemas(resourceTypes: readonly ResourceType[]): readonly Schema[] {
  const declared = resourceTypes.flatMap(({ schema, extensions }) => [schema, ...extensions.map((extension) => extension.schema)])
  return [...new Set([...declared, SERVICE_PROVIDER_CONFIG_SCHEMA, RESOURCE_TYPE_SCHEMA, SCHEMA_SCHEMA])]
}

/** Characteristics as RFC 7643 section 7 names them. Complex attributes have neither caseExact nor uniqueness (erratum 6004). */
function attributeResource(attribute: Attribute): JsonObject {
  const { name, type, multiValued, description, required, caseExact, mutability, returned, uniqueness } = attribute
  const { canonicalValues, referenceTypes, subAttributes } = attribute
  return {
    name,
    type,
    multiValued,
    description,
    required,
    ...(type === 'complex' ? {} : { caseExact }),
    mutability,
    returned,
    ...(type === 'complex' ? {} : { uniqueness }),
    ...(canonicalValues.length === 0 ? {} : { canonicalValues }),
    ...(type === 'reference' ? { referenceTypes } : {}),
    ...(type === 'complex' ? { subAttributes: subAttributes.map(attributeResource) } : {}),
  }
}

/** Percent-encoded, but for the colons of URNs, which a path may hold as they are. */
function pathSegment(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':')
}
