// Every limit of the protocol layer, each named once and tested at its value and one past it.

export type Limits = {
  /** Bytes of a request body, except Bulk. Past it: 413. */
  bodyBytesMax: number
  /** Bytes of a Bulk request body; published as bulk.maxPayloadSize. Past it: 413. */
  bulkBytesMax: number
  /** Operations of one Bulk request; published as bulk.maxOperations. Past it: 413. 0 switches Bulk off: 501. */
  bulkOperationsMax: number
  /** Operations of one PATCH. Past it: 413. */
  patchOperationsMax: number
  /** Elements of store-kept collections (group members) in one request. Past it: 413. */
  collectionElementsMax: number
  /** Characters of a filter or an attribute path. Past it: 400 invalidFilter or invalidPath. */
  filterLengthMax: number
  /** Nesting of parentheses, `not` and brackets. */
  filterDepthMax: number
  /** Comparisons in one filter. */
  filterTermsMax: number
  /** Resources on one page; published as filter.maxResults and pagination.maxPageSize. More asked: this many given. */
  pageSizeMax: number
  /** Resources on a page when `count` is not given. */
  pageSizeDefault: number
  /** UTF-8 bytes of one string value. Past it: 400 invalidValue. */
  stringBytesMax: number
  /** Nesting of a JSON body. Past it: 400 invalidSyntax. */
  jsonDepthMax: number
  /** Names in `attributes` or `excludedAttributes`. Past it: 400 invalidValue. */
  projectionNamesMax: number
  /** Life of a cursor in seconds; published as pagination.cursorTimeout. Older: 400 expiredCursor. */
  cursorTimeoutSeconds: number
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytesMax: 1024 * 1024,
  bulkBytesMax: 8 * 1024 * 1024,
  bulkOperationsMax: 1000,
  patchOperationsMax: 1000,
  collectionElementsMax: 100_000,
  filterLengthMax: 8 * 1024,
  filterDepthMax: 32,
  filterTermsMax: 200,
  pageSizeMax: 1000,
  pageSizeDefault: 100,
  stringBytesMax: 64 * 1024,
  jsonDepthMax: 64,
  projectionNamesMax: 1000,
  cursorTimeoutSeconds: 3600,
}
