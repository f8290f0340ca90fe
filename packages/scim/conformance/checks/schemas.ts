// Schema definitions as /Schemas shows them (RFC 7643 sections 2, 7 and 8.7, with the verified errata).
import { at, listAt, textAt, ENTERPRISE_USER_URN, GROUP_URN, SCHEMA_URN, USER_URN } from '../../src/client/client.ts'
import { attributeOf } from '../capabilities.ts'
import type { Feature } from '../check.ts'
import { ensure, refused, same, status } from '../expect.ts'
import type { Session } from '../session.ts'

type Place = { readonly attribute: unknown; readonly path: string; readonly depth: number }

const TYPES = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex']
const KEYWORDS = {
  mutability: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  returned: ['always', 'never', 'default', 'request'],
  uniqueness: ['none', 'server', 'global'],
} as const

/** Schemas of resources; the meta-schemas of discovery have looser rules (RFC 7643 section 7). */
async function schemasOf(scim: Session): Promise<readonly unknown[]> {
  const meta = 'urn:ietf:params:scim:schemas:core:2.0:'
  const discovery = ['Schema', 'ResourceType', 'ServiceProviderConfig'].map((name) => meta + name)
  return (await scim.list('/Schemas')).resources.filter((schema) => !discovery.includes(textAt(schema, 'id') ?? ''))
}

async function attributesOf(scim: Session): Promise<readonly Place[]> {
  const below = (attributes: readonly unknown[], parent: string, depth: number): readonly Place[] =>
    attributes.flatMap((attribute) => {
      const path = `${parent}${textAt(attribute, 'name')}`
      return [{ attribute, path, depth }, ...below(listAt(attribute, 'subAttributes'), `${path}.`, depth + 1)]
    })
  return (await schemasOf(scim)).flatMap((schema) => below(listAt(schema, 'attributes'), `${textAt(schema, 'name')}.`, 0))
}

/** Runs one judgement over every attribute and sub-attribute. */
const everyAttribute = (judge: (place: Place) => void) => async (scim: Session) => (await attributesOf(scim)).forEach(judge)

export const schemas: Feature = {
  name: 'schemas',
  checks: [
    {
      id: 'DSC-13',
      level: 'MUST',
      title: 'Schemas lists every schema, and counts them rightly',
      sentence: 'RFC 7644 §4: An HTTP GET to the endpoint "/Schemas" SHALL return all supported schemas in ListResponse format',
      run: async (scim) => {
        const { total, resources } = await scim.list('/Schemas')
        ensure(total === resources.length, `totalResults ${total}, Resources ${resources.length}`)
        ensure(
          resources.some((schema) => textAt(schema, 'id') === USER_URN),
          'the User schema is listed',
        )
      },
    },
    {
      id: 'DSC-18',
      level: 'MUST',
      title: 'a schema has a URI, a name, a description and attributes',
      sentence: 'RFC 7643 §7: When applicable, service providers MUST specify the URI',
      run: async (scim) => {
        for (const schema of await schemasOf(scim)) {
          ensure((textAt(schema, 'id') ?? '').startsWith('urn:'), 'id is a URN')
          for (const name of ['name', 'description']) ensure((textAt(schema, name) ?? '') !== '', `${textAt(schema, 'id')} has no ${name}`)
          ensure(listAt(schema, 'attributes').length > 0, `${textAt(schema, 'id')} has no attributes`)
        }
      },
    },
    {
      id: 'DSC-18.2',
      level: 'MUST',
      title: 'a schema carries the schema URN of schemas',
      sentence:
        'RFC 7643 §7: These resources have a "schemas" attribute with the following schema URI: urn:ietf:params:scim:schemas:core:2.0:Schema',
      run: async (scim) => {
        const { json } = status(await scim.get(`/Schemas/${USER_URN}`), 200)
        ensure(listAt(json, 'schemas').includes(SCHEMA_URN), 'schemas names Schema')
      },
    },
    {
      id: 'DSC-14.3',
      level: 'MUST',
      title: 'a schema fetched alone equals the one in the list',
      sentence: 'RFC 7644 §4: Individual schema definitions can be returned by appending the schema URI to the /Schemas endpoint.',
      run: async (scim) => {
        for (const listed of (await scim.list('/Schemas')).resources) {
          const { json } = status(await scim.get(`/Schemas/${textAt(listed, 'id')}`), 200)
          same(at(json, 'attributes'), at(listed, 'attributes'), textAt(listed, 'id') ?? 'schema')
        }
      },
    },
    {
      id: 'DSC-17.2',
      level: 'MAY',
      title: 'schema URNs are looked up without regard to case, or not found',
      sentence: 'RFC 8141 §3.1: the scheme and namespace identifier of a URN are case-insensitive.',
      run: async (scim) => {
        const answer = await scim.get(`/Schemas/${USER_URN.toLowerCase()}`)
        if (answer.status !== 200) refused(answer, 404)
        else ensure(textAt(answer.json, 'id') === USER_URN, 'the canonical URN comes back')
      },
    },
    {
      id: 'DSC-19',
      level: 'MUST',
      title: 'every attribute has name, type, multiValued and a description',
      sentence: 'RFC 7643 §7: When applicable, service providers MUST specify the description.',
      run: everyAttribute(({ attribute, path }) => {
        ensure((textAt(attribute, 'name') ?? '') !== '', `${path} has no name`)
        ensure(typeof at(attribute, 'multiValued') === 'boolean', `${path}.multiValued is no boolean`)
        ensure((textAt(attribute, 'description') ?? '') !== '', `${path} has no description`)
      }),
    },
    {
      id: 'DSC-19.2',
      level: 'MUST',
      title: 'mutability, returned and uniqueness use the keywords of the RFC, in their spelling',
      sentence: 'RFC 7643 §7: A single keyword indicating the circumstances under which the value of the attribute can be (re)defined',
      run: everyAttribute(({ attribute, path }) => {
        for (const [name, keywords] of Object.entries(KEYWORDS)) {
          const value = at(attribute, name)
          ensure(value === undefined || keywords.some((keyword) => keyword === value), `${path}.${name} is ${String(value)}`)
        }
        for (const name of ['required', 'caseExact'])
          ensure(['boolean', 'undefined'].includes(typeof at(attribute, name)), `${path}.${name} is no boolean`)
      }),
    },
    {
      id: 'DSC-19.3',
      level: 'SHOULD',
      title: 'simple attributes state required, mutability and returned',
      sentence: 'RFC 7643 §7: all attributes are REQUIRED unless otherwise specified.',
      run: everyAttribute(({ attribute, path }) => {
        for (const name of ['required', 'mutability', 'returned'])
          ensure(at(attribute, name) !== undefined, `${path} does not state ${name}`)
      }),
    },
    {
      id: 'DSC-20',
      level: 'SHOULD',
      title: 'complex attributes list their sub-attributes, simple ones have none',
      sentence:
        'RFC 7643 §7: When an attribute is of type "complex", there SHOULD be a corresponding schema attribute "subAttributes" defined, listing the sub-attributes of the attribute.',
      run: everyAttribute(({ attribute, path }) => {
        const count = listAt(attribute, 'subAttributes').length
        ensure((at(attribute, 'type') === 'complex') === count > 0, `${path} is ${textAt(attribute, 'type')} with ${count} sub-attributes`)
      }),
    },
    {
      id: 'DSC-21',
      level: 'MUST',
      title: 'the type of e-mails, phone numbers and addresses lists its canonical values',
      sentence: "RFC 7643 §8.7.2: When applicable, service providers MUST specify the canonical types, e.g., 'work', 'home'.",
      run: async (scim) => {
        for (const name of ['emails', 'phoneNumbers', 'addresses']) {
          const type = attributeOf(scim.capabilities, 'User', name, 'type')
          ensure(type === undefined || listAt(type, 'canonicalValues').includes('work'), `${name}.type lacks the canonical value work`)
        }
        await Promise.resolve()
      },
    },
    {
      id: 'DSC-22',
      level: 'MUST',
      title: 'reference attributes say what they refer to',
      sentence: 'RFC 7643 §7: A multi-valued array of JSON strings that indicate the SCIM resource types that may be referenced.',
      run: everyAttribute(({ attribute, path }) => {
        const types = listAt(attribute, 'referenceTypes')
        if (at(attribute, 'type') === 'reference')
          ensure(types.length > 0 && types.every((type) => typeof type === 'string'), `${path} has no referenceTypes`)
        else ensure(types.length === 0, `${path} is no reference but has referenceTypes`)
      }),
    },
    {
      id: 'JSN-04',
      level: 'MUST',
      title: 'attribute names follow the grammar',
      sentence: 'RFC 7643 §2.1: Attribute names MUST conform to the following ABNF rules',
      run: everyAttribute(({ attribute, path }) =>
        ensure(/^(\$ref|[A-Za-z][A-Za-z0-9$_-]*)$/.test(textAt(attribute, 'name') ?? ''), `${path} is no attribute name`),
      ),
    },
    {
      id: 'JSN-05',
      level: 'MUST',
      title: 'sub-attributes are never complex',
      sentence: 'RFC 7643 §2.3.8: A complex attribute MUST NOT contain sub-attributes that have sub-attributes (i.e., that are complex).',
      run: everyAttribute(({ attribute, path, depth }) => ensure(depth === 0 || at(attribute, 'type') !== 'complex', `${path} is complex`)),
    },
    {
      id: 'JSN-06',
      level: 'SHOULD',
      title: 'only the eight data types are used',
      sentence: 'RFC 7643 §2.3: SCIM extensions SHOULD NOT introduce new data types.',
      run: everyAttribute(({ attribute, path }) =>
        ensure(TYPES.includes(textAt(attribute, 'type') ?? ''), `${path} has type ${textAt(attribute, 'type')}`),
      ),
    },
    {
      id: 'JSN-19',
      level: 'MUST',
      title: 'type, primary, display and $ref keep their meaning in multi-valued attributes',
      sentence: 'RFC 7643 §2.4: these sub-attributes MUST be used with the meanings defined here.',
      run: everyAttribute(({ attribute, path }) => {
        if (at(attribute, 'multiValued') !== true) return
        const wanted = { type: 'string', primary: 'boolean', display: 'string', $ref: 'reference' }
        for (const sub of listAt(attribute, 'subAttributes')) {
          const type = Object.entries(wanted).find(([name]) => name === textAt(sub, 'name'))?.[1]
          ensure(type === undefined || type === textAt(sub, 'type'), `${path}.${textAt(sub, 'name')} is of type ${textAt(sub, 'type')}`)
        }
      }),
    },
    {
      id: 'SCM-10',
      level: 'MUST',
      title: 'externalId, where a schema lists it, is caseExact and readWrite',
      sentence:
        'RFC 7643 §3.1: The attribute characteristics (see Section 2.2) listed here SHALL take precedence over older definitions that may be included in existing schemas.',
      run: everyAttribute(({ attribute, path }) => {
        if (textAt(attribute, 'name') !== 'externalId') return
        ensure(at(attribute, 'caseExact') === true && at(attribute, 'mutability') === 'readWrite', `${path} restates other characteristics`)
      }),
    },
    {
      id: 'SCM-11',
      level: 'SHOULD',
      title: 'the Enterprise extension redefines no core attribute',
      sentence: 'RFC 7643 §3.3: Schema extensions SHOULD avoid redefining any attributes defined in this specification',
      needs: ['Enterprise'],
      run: async (scim) => {
        const all = await schemasOf(scim)
        const names = (urn: string) =>
          listAt(
            all.find((schema) => textAt(schema, 'id') === urn),
            'attributes',
          ).map((attribute) => textAt(attribute, 'name'))
        const core = names(USER_URN)
        for (const name of names(ENTERPRISE_USER_URN)) ensure(!core.includes(name), `${name} is in User and in the extension`)
      },
    },
    {
      id: 'SCM-13',
      level: 'MUST',
      title: 'message schemas cannot be discovered',
      sentence: 'RFC 7644 §3.1: SCIM message schemas using the above prefix URN SHALL NOT be discoverable using the "/Schemas" endpoint.',
      run: async (scim) => {
        const prefix = 'urn:ietf:params:scim:api:'
        for (const schema of (await scim.list('/Schemas')).resources)
          ensure(!(textAt(schema, 'id') ?? '').startsWith(prefix), `${textAt(schema, 'id')} is listed`)
        refused(await scim.get(`/Schemas/${prefix}messages:2.0:PatchOp`), 404)
      },
    },
    {
      id: 'USR-03.2',
      level: 'MUST',
      title: 'userName is published as required, case-insensitive and unique',
      sentence: 'RFC 7643 §4.1.1: This attribute is REQUIRED and is case insensitive.',
      run: async (scim) => {
        const found = (await attributesOf(scim)).find(
          ({ attribute, path }) => textAt(attribute, 'name') === 'userName' && path.startsWith('User'),
        )
        ensure(at(found?.attribute, 'required') === true, 'userName.required is true')
        ensure(at(found?.attribute, 'caseExact') !== true, 'userName.caseExact is false')
        ensure(['server', 'global'].includes(textAt(found?.attribute, 'uniqueness') ?? ''), 'userName.uniqueness is server or global')
      },
    },
    {
      id: 'GRP-01.2',
      level: 'MUST',
      title: "a group's displayName is published as required",
      sentence: 'RFC 7643 §4.2: A human-readable name for the Group. REQUIRED.',
      needs: ['Group'],
      run: async (scim) => {
        ensure(at(attributeOf(scim.capabilities, 'Group', 'displayName'), 'required') === true, 'Group.displayName.required is true')
        await Promise.resolve()
      },
    },
    {
      id: 'GRP-06',
      level: 'SHOULD',
      title: 'members has value, $ref, type and display',
      sentence: 'RFC 7643 §8.7.1: The Group schema defines members (erratum 6011 adds the display that the samples use).',
      needs: ['Group.members'],
      run: async (scim) => {
        const { json } = status(await scim.get(`/Schemas/${GROUP_URN}`), 200)
        const members = listAt(json, 'attributes').find((attribute) => textAt(attribute, 'name') === 'members')
        const names = listAt(members, 'subAttributes').map((sub) => textAt(sub, 'name'))
        for (const name of ['value', '$ref', 'type', 'display']) ensure(names.includes(name), `members.${name} is not listed`)
      },
    },
    {
      id: 'ENT-03',
      level: 'MUST',
      title: 'manager.value is caseExact',
      sentence: 'RFC 7643 §8.7.1: manager.value holds an id, which is case-exact (erratum 8472, verified).',
      needs: ['Enterprise.manager'],
      run: async (scim) => {
        ensure(
          at(attributeOf(scim.capabilities, 'Enterprise', 'manager', 'value'), 'caseExact') === true,
          'manager.value.caseExact is true',
        )
        await Promise.resolve()
      },
    },
    {
      id: 'DSC-22.2',
      level: 'SHOULD',
      title: 'groups of a user are readOnly and refer to groups',
      sentence:
        'RFC 7643 §4.1.2: Since this attribute has a mutability of "readOnly", group membership changes MUST be applied via the "Group" Resource (Section 4.2).',
      needs: ['User.groups'],
      run: async (scim) => {
        const groups = attributeOf(scim.capabilities, 'User', 'groups')
        ensure(at(groups, 'mutability') === 'readOnly', 'groups.mutability is readOnly')
        same(at(attributeOf(scim.capabilities, 'User', 'groups', '$ref'), 'referenceTypes'), ['Group'], 'groups.$ref.referenceTypes')
        await Promise.resolve()
      },
    },
  ],
}
