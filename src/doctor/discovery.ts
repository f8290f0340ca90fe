// What the server says about itself, read as an IdP reads it (RFC 7643 sections 5 to 7; idp-wire AU-1, EN-66, SP-1).
import {
  at,
  GROUP_URN,
  isObject,
  listAt,
  numberAt,
  SERVICE_PROVIDER_CONFIG_URN,
  textAt,
  USER_URN,
  type Exchange,
} from '@plur-enterprise/scim/client'
import { failed, ok, warning, type Finding } from './finding.ts'
import { ask, isList, type Visit } from './visit.ts'

const PART = 'discovery'
const FEATURES = ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag'] as const

export type Discovered = { readonly findings: readonly Finding[]; readonly provider: unknown }

/** ServiceProviderConfig, ResourceTypes and Schemas. */
export async function discover({ client }: Visit): Promise<Discovered> {
  const config = await ask(client, {
    part: PART,
    what: 'ServiceProviderConfig',
    request: { method: 'GET', path: '/ServiceProviderConfig' },
    status: [200],
    wrong: ({ json }) => (listAt(json, 'schemas').includes(SERVICE_PROVIDER_CONFIG_URN) ? undefined : 'schemas does not name it'),
    advice: 'Serve it as RFC 7643 section 5 has it: authentik and others read it first.',
  })
  const findings = 'finding' in config ? [config.finding] : providerFindings(config.exchange)
  return {
    provider: 'exchange' in config ? config.exchange.json : undefined,
    findings: [
      ...findings,
      ...(await listed({ client, path: '/ResourceTypes', judge: typeProblems })),
      ...(await listed({ client, path: '/Schemas', judge: schemaProblems })),
    ],
  }
}

function providerFindings({ json, ms }: Exchange): readonly Finding[] {
  const missing = FEATURES.filter((name) => typeof at(json, name, 'supported') !== 'boolean')
  if (missing.length > 0)
    return [
      failed(
        PART,
        `ServiceProviderConfig lacks ${missing.join(', ')}`,
        'Give every feature a boolean `supported` (RFC 7643 section 5): clients that cannot read it assume the least.',
      ),
    ]
  const needed = (['patch', 'filter'] as const).filter((name) => at(json, name, 'supported') !== true)
  if (needed.length > 0)
    return [
      failed(PART, `${needed.join(' and ')} not supported`, 'Entra works by PATCH and by filter alone: without them it cannot provision.'),
    ]
  const supported = FEATURES.filter((name) => at(json, name, 'supported') === true)
  return [ok(PART, `ServiceProviderConfig: ${supported.join(', ')}`, ms)]
}

type List = {
  readonly client: Visit['client']
  readonly path: '/ResourceTypes' | '/Schemas'
  readonly judge: (resources: readonly unknown[]) => readonly Finding[]
}

async function listed({ client, path, judge }: List): Promise<readonly Finding[]> {
  const judged = await ask(client, {
    part: PART,
    what: path.slice(1),
    request: { method: 'GET', path },
    status: [200],
    wrong: (exchange) => {
      if (!isList(exchange)) return 'it is no ListResponse'
      const [total, count] = [numberAt(exchange.json, 'totalResults'), listAt(exchange.json, 'Resources').length]
      return total === count ? undefined : `totalResults is ${total}, but there are ${count}`
    },
    advice: 'Answer with a ListResponse of all of them (RFC 7644 section 4): Entra and SailPoint read it when the connection is saved.',
  })
  if ('finding' in judged) return [judged.finding]
  const resources = listAt(judged.exchange.json, 'Resources')
  const problems = judge(resources)
  return problems.length > 0
    ? problems
    : [
        ok(
          PART,
          `${path.slice(1)}: ${resources.map((resource) => textAt(resource, 'name') ?? textAt(resource, 'id')).join(', ')}`,
          judged.exchange.ms,
        ),
      ]
}

function typeProblems(types: readonly unknown[]): readonly Finding[] {
  const missing = ['/Users', '/Groups'].filter((endpoint) => !types.some((type) => (textAt(type, 'endpoint') ?? '').endsWith(endpoint)))
  return missing.length === 0
    ? []
    : [warning(PART, `ResourceTypes has no ${missing.join(' and no ')}`, 'IdPs push both users and groups: list both.')]
}

function schemaProblems(schemas: readonly unknown[]): readonly Finding[] {
  const missing = [USER_URN, GROUP_URN].filter((urn) => !schemas.some((schema) => textAt(schema, 'id') === urn))
  if (missing.length > 0)
    return [failed(PART, `Schemas lacks ${missing.join(' and ')}`, 'List them: without the Group schema all of Entra’s group tests fail.')]
  return hasNull(schemas)
    ? [warning(PART, 'Schemas holds null values', 'Leave empty properties out: Entra’s schema discovery does not take null.')]
    : []
}

function hasNull(value: unknown): boolean {
  if (value === null) return true
  if (Array.isArray(value)) return value.some(hasNull)
  return isObject(value) && Object.values(value).some(hasNull)
}
