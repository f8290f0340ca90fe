// Filter checks as table rows: three known users, an expression, and which of them it finds.
import { isObject, queryOf, ENTERPRISE_USER_URN, type Members } from '../src/client/client.ts'
import type { Check, Level } from './check.ts'
import type { Need } from './need.ts'
import { CheckSkipped } from './verdict.ts'
import { ensure, refused, same } from './expect.ts'
import { areMade, type Made, type Session } from './session.ts'

export type FilterCase = {
  readonly id: string
  readonly level: Level
  readonly title: string
  readonly sentence: string
  readonly needs?: readonly Need[]
  /** `{ada}` and the like stand for userNames, `{id:ada}` for ids, `{prefix}` for how all three userNames begin. */
  readonly filters: readonly string[]
  /** Letters of the users found (`abc`), or the refusal 400 invalidFilter, or either of both. */
  readonly expect: 'refused' | { readonly finds: string } | { readonly refusedOr: string }
}

/** Ada has a title and two e-mails, Bob is inactive and has no title, Cyd has an empty nickName and Enterprise data. */
const PEOPLE: readonly (readonly [letter: string, attributes: (name: string) => Members])[] = [
  [
    'a',
    (name) => ({
      userName: `${name}-ada@conformance.example`,
      externalId: `${name}-EXT-Ada`,
      displayName: 'Ada "the first" O\\Byron é 100%',
      name: { givenName: 'Ada', familyName: 'Byron' },
      title: 'Analyst',
      active: true,
      emails: [
        { value: `${name}-ada@work.example`, type: 'work', primary: true },
        { value: `${name}-ada@home.example`, type: 'home' },
      ],
    }),
  ],
  [
    'b',
    (name) => ({
      userName: `${name}-bob@conformance.example`,
      externalId: `${name}-ext-ada`,
      displayName: 'Bob (not) and x eq 1',
      name: { givenName: 'Bob', familyName: 'Babbage' },
      active: false,
      emails: [{ value: `${name}-bob@work.example`, type: 'work' }],
    }),
  ],
  [
    'c',
    (name) => ({
      userName: `${name}-cyd@conformance.example`,
      displayName: '100',
      name: { givenName: 'Cyd' },
      title: 'Manager',
      active: true,
      [ENTERPRISE_USER_URN]: { department: 'Tools' },
    }),
  ],
]

type People = { readonly prefix: string; readonly made: readonly Made[] }

/** The check that a row stands for. */
export function filterCheck(row: FilterCase): Check {
  const { id, level, title, sentence, expect } = row
  const run: Check['run'] = async (scim) => {
    const people = await threePeople(scim)
    for (const filter of row.filters.map((text) => fill(text, people))) {
      // An expression that finds must do so among everybody; one that is refused is sent bare.
      const answer = await scim.get(
        `/Users${queryOf({ filter: expect === 'refused' ? filter : `(${filter}) and userName sw "${people.prefix}"` })}`,
      )
      if (expect === 'refused' || (answer.status === 400 && 'refusedOr' in expect)) refused(answer, 400, 'invalidFilter')
      else judge(answer.json, people, 'finds' in expect ? expect.finds : expect.refusedOr, `${filter} (${answer.status})`)
    }
  }
  return { id, level, title, sentence, needs: row.needs ?? [], run }
}

function judge(body: unknown, people: People, expected: string, filter: string): void {
  ensure(isObject(body) && Array.isArray(body['Resources']), `${filter} is not answered by a list`)
  const resources: readonly unknown[] = body['Resources']
  const found = PEOPLE.flatMap(([letter], index) => {
    const id = people.made[index]?.id
    return resources.some((resource) => isObject(resource) && resource['id'] === id) ? [letter] : []
  })
  same(found.join(''), expected, filter)
  same(body['totalResults'], expected.length, `totalResults of ${filter}`)
}

/** The three users, made once a run. */
export async function threePeople(scim: Session): Promise<People> {
  const prefix = `f-${scim.mark}`
  const hasEnterprise = scim.capabilities.schemas.some((schema) => isObject(schema) && schema['id'] === ENTERPRISE_USER_URN)
  const make = async () => {
    const made: Made[] = []
    for (const [, attributes] of PEOPLE) {
      const { [ENTERPRISE_USER_URN]: extension, ...core } = attributes(prefix)
      made.push(await scim.user(hasEnterprise && extension !== undefined ? { ...core, [ENTERPRISE_USER_URN]: extension } : core))
    }
    return made
  }
  const made = await scim.once('three people', make, areMade)
  if (made.length !== PEOPLE.length) throw new CheckSkipped('the three users of the filter checks could not be made')
  return { prefix, made }
}

function fill(text: string, { prefix, made }: People): string {
  const [ada] = made
  return text
    .replaceAll('{prefix}', prefix)
    .replaceAll('{ada}', `${prefix}-ada@conformance.example`)
    .replaceAll('{id:ada}', ada?.id ?? '')
}
