// Everything the package offers. Nothing else can be imported from outside.

// Errors, limits, names
export {
  conflict,
  type ErrorBody,
  excerpt,
  expiredCursor,
  forbidden,
  invalidCount,
  invalidCursor,
  invalidFilter,
  invalidPath,
  invalidSyntax,
  invalidValue,
  invalidVersion,
  methodNotAllowed,
  mutability,
  notAcceptable,
  notFound,
  notImplemented,
  noTarget,
  payloadTooLarge,
  preconditionFailed,
  ScimError,
  type ScimType,
  tooMany,
  uniqueness,
  unsupportedMediaType,
  uriTooLong,
} from './errors.ts'
export { isArray, isObject, type Json, type JsonObject } from './json.ts'
export { DEFAULT_LIMITS, type Limits } from './limits.ts'
export * from './urns.ts'

// Schemas and resource types
export {
  type Attribute,
  type AttributeType,
  attribute,
  findAttribute,
  type Mutability,
  type Returned,
  type Uniqueness,
} from './schema/attribute.ts'
export { COMMON_ATTRIBUTES } from './schema/common.ts'
export { ENTERPRISE_USER_SCHEMA, GROUP_RESOURCE_TYPE, GROUP_SCHEMA, USER_RESOURCE_TYPE, USER_SCHEMA } from './schema/core.ts'
export { resolveAttributePath } from './schema/path.ts'
export type { AttributeRef, ResourceType, Schema, SchemaExtension } from './schema/resource-type.ts'

// Filters
export type { Comparable, CompareOperator, ElementFilter, Filter, Literal, PatchPath, ResolvedFilter } from './filter/ast.ts'
export { comparable, comparableResource } from './filter/comparable.ts'
export { matches, matchesElement } from './filter/evaluate.ts'
export { compareText, fold, prepare } from './filter/fold.ts'
export { type ParseOptions, parseFilter } from './filter/parser.ts'
export { type ResolveOptions, resolveElementFilter, resolveFilter } from './filter/resolve.ts'

// The description
export { openApiDocument, type OpenApiOptions } from './openapi/document.ts'

// The provider, its port and its messages
export type { Profile } from './patch/profile.ts'
export type { ScimRequest, ScimResponse } from './provider/message.ts'
export { createProvider, type Provider, type ProviderOptions } from './provider/provider.ts'
export { errorResponse } from './provider/respond.ts'
export type {
  Caller,
  Change,
  CollectionElement,
  CollectionStep,
  Created,
  Creation,
  Draft,
  Elements,
  Operation,
  Page,
  Position,
  Precondition,
  Query,
  Selection,
  Store,
  StoredResource,
  UpdateRequest,
  Wanted,
} from './provider/store.ts'
export type { CursorCodec } from './query/cursor.ts'
