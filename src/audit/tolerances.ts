// The tolerances that audit rows name under `compat`, in words: why a request that the RFC does not have was understood, and as what. The
// whole list, with who sends what, is docs/dialects.md; a test holds the two together.

const MEANINGS: Readonly<Record<string, string>> = {
  'op-case': 'The operation was not written in small letters; it means the same.',
  'remove-with-value': 'A removal named values: only those went, where the RFC would have removed all.',
  'remove-with-empty-value': 'A removal named no values: nothing went.',
  'replace-creates-element': 'What should be replaced was not there, and was created from what the path says.',
  'add-without-value': 'The path named the element to add; there was no value beside it.',
  'path-as-key': 'Keys of the value were paths; each was taken for one.',
  'read-only-in-value': 'The value held attributes that only the server sets; they were passed over.',
  'nested-value': 'The value was wrapped in its own name; the inner one was taken.',
  'empty-operations': 'There were no operations: nothing to do.',
  'unknown-schema': 'A value named a schema that nobody declared; it was passed over.',
  'unknown-attribute': 'An attribute that no schema has was passed over.',
  'string-boolean': 'True or false came as a text.',
  'single-element-array': 'A single value came as a list of one.',
  'object-for-array': 'A list came as its only element.',
  'string-for-complex': 'A reference came as a bare id.',
  'number-for-string': 'A text came as a number.',
  'json-in-value': 'An object came as JSON inside a text.',
  'manager-id': 'The manager was named as managerId.',
  'display-name-for-display': 'An element’s display was named displayName.',
  'password-dropped': 'A password was sent along; it was dropped, because people sign in elsewhere.',
  'legacy-schema-urn': 'A schema was named as SCIM 1 had it.',
  'unknown-schema-urn': 'The request named a schema that this server does not have; it was passed over.',
  'schemas-in-extension': 'A list of schemas stood inside an extension; it was passed over.',
  'unqualified-extension-attribute': 'An attribute of an extension was named without its schema.',
  'entra-value-path-in-filter': 'A filter in brackets was followed by the attribute to compare.',
  'complex-attribute-means-value': 'A comparison named a complex attribute and meant its value.',
  'unquoted-filter-value': 'The value of a comparison stood without quotation marks.',
  'value-path-in-attributes': 'A path with a filter was asked for as an attribute.',
}

export const TOLERANCES: readonly string[] = Object.keys(MEANINGS)

/** What a name under `compat` says; a name after a colon, such as that of an attribute, is put behind it. */
export function explainTolerance(name: string): string {
  const [kind = '', detail] = name.split(/:(.*)/s, 2)
  const meaning = Object.hasOwn(MEANINGS, kind) ? MEANINGS[kind] : undefined
  if (meaning === undefined) return 'The request was understood in a way of its own.'
  return detail === undefined ? meaning : `${meaning} (${detail})`
}
