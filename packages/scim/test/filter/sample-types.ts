// Resource types with every kind of attribute that filters can meet, among them names that look like keywords.
import type { Json, JsonObject } from '../../src/json.ts'
import { comparableResource } from '../../src/filter/comparable.ts'
import { matches } from '../../src/filter/evaluate.ts'
import { type ParseOptions, parseFilter } from '../../src/filter/parser.ts'
import { resolveFilter } from '../../src/filter/resolve.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { type Attribute, attribute } from '../../src/schema/attribute.ts'
import type { ResourceType, Schema } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN, GROUP_URN, USER_URN } from '../../src/urns.ts'

const some = (name: string, declared: Partial<Attribute> = {}) => attribute({ name, description: name, ...declared })

const complex = (name: string, subAttributes: readonly Attribute[], declared: Partial<Attribute> = {}) =>
  some(name, { type: 'complex', subAttributes, ...declared })

const element = (name: string, value: Partial<Attribute> = {}) =>
  complex(name, [some('value', value), some('display'), some('type'), some('primary', { type: 'boolean' })], { multiValued: true })

const userSchema: Schema = {
  id: USER_URN,
  name: 'User',
  description: 'A user',
  attributes: [
    some('userName', { required: true, uniqueness: 'server' }),
    some('displayName'),
    some('title'),
    some('nickName'),
    some('active', { type: 'boolean' }),
    some('profileUrl', { type: 'reference', referenceTypes: ['external'], caseExact: true }),
    complex('name', [some('formatted'), some('givenName'), some('familyName')]),
    element('emails'),
    element('ims'),
    element('x509Certificates', { type: 'binary', caseExact: true }),
    complex('addresses', [some('country'), some('type')], { multiValued: true }),
    some('password', { mutability: 'writeOnly', returned: 'never' }),
    complex('keys', [some('value'), some('secret', { returned: 'never' }), some('pin', { mutability: 'writeOnly' })], {
      multiValued: true,
    }),
    element('tokens', { returned: 'never' }),
  ],
}

const enterprise: Schema = {
  id: ENTERPRISE_USER_URN,
  name: 'EnterpriseUser',
  description: 'Enterprise',
  attributes: [
    some('employeeNumber'),
    some('department'),
    complex('manager', [
      some('value', { caseExact: true }),
      some('$ref', { type: 'reference', referenceTypes: ['User'], caseExact: true }),
      some('displayName', { mutability: 'readOnly' }),
    ]),
  ],
}

export const EXTRA_URN = 'urn:acme:params:scim:extra:2.0'
export const DEEP_URN = 'urn:acme:params:scim:extra:2.0:Deep'

const extra: Schema = {
  id: EXTRA_URN,
  name: 'Extra',
  description: 'Extra',
  attributes: [
    some('not'),
    some('and'),
    some('pr'),
    some('eq'),
    some('my-attr_1'),
    some('level', { type: 'integer' }),
    some('score', { type: 'decimal' }),
    some('hiredAt', { type: 'dateTime' }),
    some('tags', { multiValued: true }),
    some('title'),
    complex('nickName', [some('value')]),
    complex('externalId', [some('value')]),
    some('costCenter'),
    some('secret', { returned: 'never' }),
  ],
}

const deep: Schema = {
  id: DEEP_URN,
  name: 'Deep',
  description: 'Deep',
  attributes: [some('costCenter'), some('depth', { type: 'integer' })],
}

export const USER: ResourceType = {
  name: 'User',
  endpoint: '/Users',
  description: 'A user',
  schema: userSchema,
  extensions: [enterprise, extra, deep].map((schema) => ({ schema, required: false })),
  collections: [],
  computed: [],
}

export const GROUP: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'A group',
  schema: {
    id: GROUP_URN,
    name: 'Group',
    description: 'A group',
    attributes: [
      some('displayName', { required: true }),
      complex(
        'members',
        [
          some('value', { caseExact: true, mutability: 'immutable' }),
          some('$ref', { type: 'reference', referenceTypes: ['User', 'Group'], caseExact: true, mutability: 'immutable' }),
          some('type', { mutability: 'immutable' }),
        ],
        { multiValued: true },
      ),
    ],
  },
  extensions: [],
  collections: ['members'],
  computed: [],
}

/** Options of a strict client; what is given differs. */
export function strict(changed: Partial<ParseOptions> = {}): ParseOptions & { readonly compat: Set<string> } {
  return { limits: DEFAULT_LIMITS, bareWords: false, compat: new Set<string>(), ...changed }
}

type Asked = {
  readonly resourceType?: ResourceType
  readonly profile?: 'generic' | 'entra'
  readonly root?: true
  readonly compat?: Set<string>
}

/** The whole way of a query: text, syntax, schema, decision. */
export function holds(text: string, resource: { readonly [name: string]: Json }, asked: Asked = {}): boolean {
  const { resourceType = USER, profile = 'generic', root, compat = new Set<string>() } = asked
  const filter = parseFilter(text, strict({ compat, bareWords: profile === 'entra' }))
  const resolved = resolveFilter(filter, { resourceType, profile, compat, unknownAttribute: root ? 'never' : 'refuse' })
  const whole: JsonObject = resource
  return matches(resolved, comparableResource(resourceType, whole))
}
