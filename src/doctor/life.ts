// The life of a probe user and a probe group, with the requests that Entra and Okta send. Everything is deleted again, also when
// something fails half-way.
import {
  at,
  GROUP_URN,
  listAt,
  PATCH_OP_URN,
  queryOf,
  textAt,
  USER_URN,
  type Exchange,
  type ScimClient,
} from '@plur-enterprise/scim/client'
import { ok, skipped, warning, type Finding } from './finding.ts'
import { ask, type Ask, type Visit } from './visit.ts'

type Step = Ask & {
  /** What to say when it went well. */
  readonly fine: string
  /** Without this step the rest makes no sense. */
  readonly needed?: boolean
  /** Keeps what the answer tells for later steps. */
  readonly keep?: (exchange: Exchange) => void
}

/** Runs the probe life. Steps that build on a failed one are skipped. */
export async function probeLife(visit: Visit): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const created = new Set<string>()
  const client = noting(visit.client, created)
  try {
    for (const makeStep of lifeOf(visit)) {
      const step = makeStep()
      const judged = await ask(client, step)
      if ('exchange' in judged) {
        step.keep?.(judged.exchange)
        findings.push(ok(step.part, step.fine, judged.exchange.ms))
        continue
      }
      findings.push(judged.finding)
      if (step.needed !== true) continue
      findings.push(skipped(step.part, 'the steps that need it'))
      break
    }
  } finally {
    findings.push(...(await cleanUp(visit, created)))
  }
  return findings
}

/** The same client; the set holds the paths of what was created and not deleted since, whatever the steps think of the answers. */
function noting(client: ScimClient, created: Set<string>): ScimClient {
  return {
    ...client,
    send: async (request) => {
      const exchange = await client.send(request)
      const { method, path, status, json } = exchange
      const id = textAt(json, 'id')
      if (method === 'POST' && status === 201 && id !== undefined) created.add(`${path}/${id}`)
      if (method === 'DELETE' && (status === 204 || status === 404)) created.delete(path)
      return exchange
    },
  }
}

async function cleanUp({ client }: Visit, created: ReadonlySet<string>): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  // Groups first: a server may refuse to delete who is still a member.
  for (const path of [...created].toSorted()) {
    const judged = await ask(client, { part: 'clean-up', what: path, request: { method: 'DELETE', path }, status: [204, 404], advice: '' })
    if ('finding' in judged) findings.push(warning('clean-up', `${path} could not be deleted`, 'Delete this probe resource by hand.'))
  }
  return findings
}

/** The steps, each made when its turn comes, since it speaks of ids that earlier answers gave. */
function lifeOf({ mark }: Visit): readonly (() => Step)[] {
  const names = { user: `doctor-${mark}@probe.example`, second: `doctor-${mark}-2@probe.example`, group: `doctor-${mark}` }
  const ids = { user: '', second: '', group: '' }
  return [...userSteps(names, ids), ...groupSteps(names, ids), ...farewell(names, ids)]
}

type Names = { readonly user: string; readonly second: string; readonly group: string }
type Ids = { user: string; second: string; group: string }

const bodyOf = (userName: string) => ({
  schemas: [USER_URN],
  userName,
  externalId: userName,
  active: true,
  displayName: 'Doctor Probe',
  name: { givenName: 'Doctor', familyName: 'Probe' },
  emails: [{ primary: true, type: 'work', value: userName }],
})
const patch = (path: string, ...operations: readonly object[]) => ({
  method: 'PATCH',
  path,
  body: { schemas: [PATCH_OP_URN], Operations: operations },
})
const shows = (name: string, value: unknown) => (exchange: Exchange) =>
  at(exchange.json, name) === value ? undefined : `${name} is ${JSON.stringify(at(exchange.json, name))}`
const finds = (id: string) => (exchange: Exchange) =>
  listAt(exchange.json, 'Resources').some((resource) => textAt(resource, 'id') === id) ? undefined : 'the user is not found'
const hasMembers = (ids: readonly string[]) => (exchange: Exchange) => {
  const shown = listAt(exchange.json, 'members').map((member) => textAt(member, 'value'))
  return shown.length === ids.length && ids.every((id) => shown.includes(id))
    ? undefined
    : `there are ${shown.length} members instead of ${ids.length}`
}

function userSteps(names: Names, ids: Ids): readonly (() => Step)[] {
  const part = 'user'
  const create = (userName: string, keep: (id: string) => void, fine: string): Step => ({
    part,
    what: 'creating a probe user',
    request: { method: 'POST', path: '/Users', body: bodyOf(userName) },
    status: [201],
    wrong: (exchange) => ((textAt(exchange.json, 'id') ?? '') === '' ? 'the 201 has no id' : shows('active', true)(exchange)),
    advice: 'Answer 201 with the whole user, its id and the active state that was sent: Okta counts anything else as failed.',
    fine,
    needed: true,
    keep: (exchange) => keep(textAt(exchange.json, 'id') ?? ''),
  })
  return [
    () => create(names.user, (id) => (ids.user = id), 'a user is created'),
    () => ({
      part,
      what: 'creating it again',
      request: { method: 'POST', path: '/Users', body: bodyOf(names.user) },
      status: [409],
      wrong: shows('scimType', 'uniqueness'),
      advice: 'Answer 409 with scimType uniqueness: IdPs then look for the existing user instead of making another.',
      fine: 'creating it again is 409 uniqueness',
    }),
    () => ({
      part,
      what: 'finding it in capitals',
      request: { method: 'GET', path: `/Users${queryOf({ filter: `userName eq "${names.user.toUpperCase()}"` })}` },
      status: [200],
      wrong: finds(ids.user),
      advice: 'Compare userName without regard to case (RFC 7643 section 4.1.1): directories change the case of addresses.',
      fine: 'it is found whatever the case of its name',
    }),
    () => ({
      part,
      what: 'disabling it as Entra does ("False")',
      request: patch(`/Users/${ids.user}`, { op: 'Replace', path: 'active', value: 'False' }),
      status: [200, 204],
      advice: 'Take the strings "True" and "False" for booleans in PATCH, and ops in any case: Entra sends them unless its flag is set.',
      fine: 'Entra’s "False" disables it',
    }),
    () => ({
      part,
      what: 'reading the disabled user',
      request: { method: 'GET', path: `/Users/${ids.user}` },
      status: [200],
      wrong: shows('active', false),
      advice: 'Show disabled users with active false: a leaver whose state does not change here still has access.',
      fine: 'it reads as disabled',
    }),
    () => ({
      part,
      what: 'finding the disabled user',
      request: { method: 'GET', path: `/Users${queryOf({ filter: `userName eq "${names.user}"` })}` },
      status: [200],
      wrong: finds(ids.user),
      advice: 'Let filters find disabled users: an IdP that does not find one creates it again and gets a 409.',
      fine: 'it is found although disabled',
    }),
    () => ({
      part,
      what: 'enabling it as Okta does (no path)',
      request: patch(`/Users/${ids.user}`, { op: 'replace', value: { active: true } }),
      status: [200, 204],
      advice: 'Take a replace without path whose value holds the attributes (RFC 7644 section 3.5.2.3).',
      fine: 'Okta’s PATCH without path enables it',
    }),
    () => ({
      part,
      what: 'reading the enabled user',
      request: { method: 'GET', path: `/Users/${ids.user}` },
      status: [200],
      wrong: shows('active', true),
      advice: 'Show enabled users with active true: Okta tries again for ever when the state does not change.',
      fine: 'it reads as enabled',
    }),
    () => create(names.second, (id) => (ids.second = id), 'a second user is created'),
  ]
}

function groupSteps(names: Names, ids: Ids): readonly (() => Step)[] {
  const part = 'group'
  const path = () => `/Groups/${ids.group}`
  const members = (expected: () => readonly string[], fine: string, advice: string) => (): Step => ({
    part,
    what: 'reading the members',
    request: { method: 'GET', path: path() },
    status: [200],
    wrong: hasMembers(expected()),
    advice,
    fine,
  })
  const changes = (what: string, operation: () => object, advice: string) => (): Step => ({
    part,
    what,
    request: patch(path(), operation()),
    status: [200, 204],
    advice,
    fine: `${what} is taken`,
  })
  return [
    () => ({
      part,
      what: 'creating a probe group',
      request: { method: 'POST', path: '/Groups', body: { schemas: [GROUP_URN], displayName: names.group } },
      status: [201],
      wrong: (exchange) => ((textAt(exchange.json, 'id') ?? '') === '' ? 'the 201 has no id' : undefined),
      advice: 'Answer 201 with the group and its id.',
      fine: 'a group is created',
      needed: true,
      keep: (exchange) => {
        ids.group = textAt(exchange.json, 'id') ?? ''
      },
    }),
    changes(
      'adding members as Entra does',
      () => ({ op: 'Add', path: 'members', value: [ids.user, ids.second].map((value) => ({ $ref: null, value })) }),
      'Take several members in one add, and ignore a $ref that is null.',
    ),
    members(
      () => [ids.user, ids.second],
      'both members are there',
      'Store members of an add: a 2xx that changes nothing is why memberships do not sync.',
    ),
    changes(
      'removing one member as Entra does',
      () => ({ op: 'Remove', path: 'members', value: [{ $ref: null, value: ids.second }] }),
      'Take a remove on members with a list of values: Entra sends it unless its flag is set.',
    ),
    members(
      () => [ids.user],
      'just that member is gone',
      'Remove only the listed members when a remove has a value: read otherwise, Entra empties the group or nobody ever leaves it.',
    ),
    changes(
      'removing a member as Okta does',
      () => ({ op: 'remove', path: `members[value eq "${ids.user}"]` }),
      'Take paths such as members[value eq "…"] (RFC 7644 section 3.5.2.2).',
    ),
    members(() => [], 'the group is empty', 'Remove the member that the path names: access stays for ever otherwise.'),
    () => ({
      part,
      what: 'renaming as Okta does (id in the value)',
      request: patch(path(), { op: 'replace', value: { id: ids.group, displayName: `${names.group}-renamed` } }),
      status: [200, 204],
      advice: 'Ignore an id in the value that is the group’s own: Okta sends it with every change of members.',
      fine: 'Okta’s rename is taken',
    }),
    () => ({
      part,
      what: 'reading the new name',
      request: { method: 'GET', path: `${path()}?excludedAttributes=members` },
      status: [200],
      wrong: shows('displayName', `${names.group}-renamed`),
      advice: 'Store the new displayName.',
      fine: 'it has its new name',
    }),
    () => ({
      part,
      what: 'deleting the group',
      request: { method: 'DELETE', path: path() },
      status: [204],
      advice: 'Answer 204: Okta deletes groups that are unlinked.',
      fine: 'it is deleted',
    }),
  ]
}

function farewell(names: Names, ids: Ids): readonly (() => Step)[] {
  const part = 'user'
  return [
    () => ({
      part,
      what: 'deleting the user',
      request: { method: 'DELETE', path: `/Users/${ids.user}` },
      status: [204],
      advice: 'Answer 204: Entra deletes users about 30 days after it disabled them.',
      fine: 'the user is deleted',
    }),
    () => ({
      part,
      what: 'reading the deleted user',
      request: { method: 'GET', path: `/Users/${ids.user}` },
      status: [404],
      advice: 'Answer 404 with a SCIM error for deleted users (RFC 7644 section 3.6).',
      fine: 'afterwards it is 404',
    }),
    () => ({
      part,
      what: 'finding the deleted user',
      request: { method: 'GET', path: `/Users${queryOf({ filter: `userName eq "${names.user}"` })}` },
      status: [200],
      wrong: (exchange) => (listAt(exchange.json, 'Resources').length === 0 ? undefined : 'it is still found'),
      advice: 'Leave deleted users out of lists (RFC 7644 section 3.6).',
      fine: 'nobody finds it',
    }),
    () => ({
      part,
      what: 'deleting the second user',
      request: { method: 'DELETE', path: `/Users/${ids.second}` },
      status: [204],
      advice: 'Answer 204 to a DELETE.',
      fine: 'the second user is deleted',
    }),
  ]
}
