// A resource type that nobody would design: every type, mutability, returned, uniqueness and caseExact, names that look like
// keywords and like members of Object.prototype, a URN with dots, and one that is the beginning of another.
import { type Attribute, attribute } from '../src/schema/attribute.ts'
import type { ResourceType, Schema } from '../src/schema/resource-type.ts'

export const TEST_URN = 'urn:example:params:scim:schemas:test:2.0:TestResource'
export const TEST_EXTENSION_URN = 'urn:example:params:scim:schemas:extension:test:2.0.1:Extra'
export const TEST_SHORT_EXTENSION_URN = 'urn:example:params:scim:schemas:extension:test:2.0.1'

type Declared = Partial<Attribute>

const some = (name: string, declared: Declared = {}) => attribute({ name, description: `About ${name}.`, ...declared })

const complex = (name: string, subAttributes: readonly Attribute[], declared: Declared = {}) =>
  some(name, { type: 'complex', subAttributes, ...declared })

/** One attribute of each type, `prefix` before its name. */
const eachType = (prefix: string, declared: Declared = {}) => [
  some(`${prefix}String`, declared),
  some(`${prefix}Boolean`, { type: 'boolean', ...declared }),
  some(`${prefix}Decimal`, { type: 'decimal', ...declared }),
  some(`${prefix}Integer`, { type: 'integer', ...declared }),
  some(`${prefix}DateTime`, { type: 'dateTime', ...declared }),
  some(`${prefix}Binary`, { type: 'binary', caseExact: true, ...declared }),
  some(`${prefix}Reference`, { type: 'reference', referenceTypes: ['uri'], caseExact: true, ...declared }),
]

const labels = [some('display'), some('type', { canonicalValues: ['work', 'home'] }), some('primary', { type: 'boolean' })]

/** A single complex attribute whose sub-attributes differ in mutability and returned. */
const vault = complex('vault', [
  some('open'),
  some('fixed', { mutability: 'immutable' }),
  some('made', { mutability: 'readOnly' }),
  some('key', { mutability: 'writeOnly', returned: 'never' }),
  some('stamp', { returned: 'always' }),
  some('history', { returned: 'request' }),
  some('lines', { multiValued: true }),
])

export const TEST_RESOURCE_SCHEMA: Schema = {
  id: TEST_URN,
  name: 'TestResource',
  description: 'A resource with every kind of attribute',
  attributes: [
    some('code', { required: true, caseExact: true, uniqueness: 'global' }),
    some('label', { uniqueness: 'server' }),
    ...eachType('single'),
    ...eachType('many', { multiValued: true }),
    complex('person', [some('value', { caseExact: true }), some('$ref', { type: 'reference', referenceTypes: ['User'], caseExact: true })]),
    complex('detail', [some('title', { required: true }), ...eachType('sub')]),
    complex('items', [some('value'), ...labels, some('size', { type: 'integer' })], { multiValued: true }),
    complex('places', [some('street'), some('city', { required: true }), some('type')], { multiValued: true }),
    some('serial', { required: true, mutability: 'readOnly', uniqueness: 'server' }),
    some('origin', { mutability: 'immutable' }),
    some('origins', { mutability: 'immutable', multiValued: true }),
    some('secret', { mutability: 'writeOnly', returned: 'never' }),
    some('blind', { mutability: 'writeOnly' }),
    some('hidden', { returned: 'never' }),
    some('badge', { returned: 'always' }),
    some('notes', { returned: 'request' }),
    some('level', { type: 'integer', defaultValue: 1 }),
    some('mode', { defaultValue: 'auto', keptOnReplace: true }),
    vault,
    some('my-attr_1'),
    some('not'),
    some('and'),
    some('pr'),
    some('eq'),
    some('constructor'),
    complex('parts', [some('value', { mutability: 'immutable' }), some('type', { mutability: 'immutable' })], { multiValued: true }),
    complex('owners', [some('value', { mutability: 'readOnly' }), some('display', { mutability: 'readOnly' })], {
      multiValued: true,
      mutability: 'readOnly',
    }),
  ],
}

export const TEST_EXTENSION_SCHEMA: Schema = {
  id: TEST_EXTENSION_URN,
  name: 'TestExtension',
  description: 'An extension with dots in its version',
  attributes: [
    some('grade', { required: true }),
    some('costCenter'),
    some('origin', { mutability: 'immutable' }),
    some('secret', { mutability: 'writeOnly', returned: 'never' }),
    some('notes', { returned: 'request' }),
    some('mark', { returned: 'always' }),
    some('rank', { type: 'integer', defaultValue: 3 }),
    some('since', { type: 'dateTime' }),
    complex('boss', [some('value', { caseExact: true }), some('displayName', { mutability: 'readOnly' })]),
  ],
}

/** Its URN is the beginning of the other extension's. */
export const TEST_SHORT_EXTENSION_SCHEMA: Schema = {
  id: TEST_SHORT_EXTENSION_URN,
  name: 'TestShortExtension',
  description: 'An extension whose URN begins another one',
  attributes: [some('Extra'), some('depth', { type: 'integer' })],
}

export const TEST_RESOURCE_TYPE: ResourceType = {
  name: 'TestResource',
  endpoint: '/TestResources',
  description: 'A resource with every kind of attribute',
  schema: TEST_RESOURCE_SCHEMA,
  extensions: [
    { schema: TEST_EXTENSION_SCHEMA, required: false },
    { schema: TEST_SHORT_EXTENSION_SCHEMA, required: false },
  ],
  collections: ['parts'],
  computed: ['owners'],
}
