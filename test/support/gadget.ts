// A resource type for tests: an attribute of every type, mutability and returned value that users and groups do not show.
import { attribute, GROUP_RESOURCE_TYPE, type ResourceType, USER_RESOURCE_TYPE } from '@plur-enterprise/scim'

export const GADGET_URN = 'urn:example:params:scim:schemas:test:2.0:Gadget'
export const EXTRA_URN = 'urn:example:params:scim:schemas:extension:test:2.0:Extra'
export const WIDGET_URN = 'urn:example:params:scim:schemas:test:2.0:Widget'

const described = (name: string, more: Omit<Parameters<typeof attribute>[0], 'name' | 'description'> = {}) =>
  attribute({ name, description: `${name} of a gadget`, ...more })

const extra = {
  id: EXTRA_URN,
  name: 'Extra',
  description: 'An extension of gadgets',
  attributes: [
    described('colour', { required: true }),
    described('code', { mutability: 'immutable' }),
    described('rank', { type: 'integer' }),
  ],
}

export const GADGET: ResourceType = {
  name: 'Gadget',
  endpoint: '/Gadgets',
  description: 'Gadget',
  schema: {
    id: GADGET_URN,
    name: 'Gadget',
    description: 'A gadget',
    attributes: [
      described('label', { required: true, uniqueness: 'server' }),
      described('plain'),
      described('serial', { mutability: 'immutable', caseExact: true }),
      described('secret', { mutability: 'writeOnly', returned: 'never' }),
      described('notes', { returned: 'request' }),
      described('badge', { returned: 'always' }),
      described('stamp', { mutability: 'readOnly' }),
      described('count', { type: 'integer' }),
      described('weight', { type: 'decimal' }),
      described('made', { type: 'dateTime' }),
      described('blob', { type: 'binary', caseExact: true }),
      described('link', { type: 'reference', referenceTypes: ['external'], caseExact: true }),
      described('on', { type: 'boolean' }),
      described('my-attr_1'),
      described('not'),
      described('tags', { multiValued: true }),
      described('counts', { type: 'integer', multiValued: true }),
      described('box', {
        type: 'complex',
        subAttributes: [described('width', { type: 'integer' }), described('text'), described('sealed', { mutability: 'immutable' })],
      }),
      described('parts', {
        type: 'complex',
        multiValued: true,
        subAttributes: [
          described('value', { caseExact: true }),
          described('type', { canonicalValues: ['left', 'right'] }),
          described('size', { type: 'integer' }),
          described('primary', { type: 'boolean' }),
        ],
      }),
    ],
  },
  extensions: [{ schema: extra, required: false }],
  collections: [],
  computed: [],
}

/** Needs its extension. */
export const WIDGET: ResourceType = {
  name: 'Widget',
  endpoint: '/Widgets',
  description: 'Widget',
  schema: { id: WIDGET_URN, name: 'Widget', description: 'A widget', attributes: [described('label', { required: true })] },
  extensions: [{ schema: extra, required: true }],
  collections: [],
  computed: [],
}

export const TEST_RESOURCE_TYPES = [USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE, GADGET, WIDGET]

export const gadget = (label: string, more: object = {}) => ({ schemas: [GADGET_URN], label, ...more })
