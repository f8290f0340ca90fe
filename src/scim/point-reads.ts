// Reading one resource, by its id or by the name that is unique in its organisation: what IdPs do all day. Questions that arrive together
// go to the database together, as one statement of one text for any number; each sees everything that was committed before it was asked.
import type { Query, ResourceType, StoredResource, Wanted } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'
import { list } from '../db/lists.ts'
import type { Work } from '../db/work.ts'
import { Coalescer } from '../primitives/coalesce.ts'
import { isId } from './filter-sql.ts'
import { uniqueAttribute } from './record.ts'
import {
  columns,
  joins,
  MANAGER_OF_R,
  type PointReads,
  type Question,
  type ReadContext,
  type Row,
  toStored,
  type UniqueColumn,
} from './stored.ts'
import { groupsJson } from './user-groups-sql.ts'

/** The resource, or undefined; ids of any form. */
export async function findResource(
  context: ReadContext,
  resourceType: ResourceType,
  { id, wanted }: { id: string; wanted: Wanted },
): Promise<StoredResource | undefined> {
  if (!isId(id)) return undefined
  const question = { resourceType, wanted }
  const row = await (context.points !== undefined && isShared(wanted)
    ? context.points.find('id', question, `${context.orgId} ${id}`)
    : lookup(context, { by: 'id', question, keys: [`${context.orgId} ${id}`] }).then((found) => found.values().next().value))
  return row === undefined ? undefined : toStored(row, resourceType, context)
}

/** The name in a query that can only be about the one resource that has it; undefined for any other query. */
export function nameAskedFor({ selections: [selection, ...others], page, count, wanted }: Query): string | undefined {
  if (selection === undefined || others.length > 0 || count === 0 || !isShared(wanted)) return undefined
  if (page.kind === 'index' ? page.skip > 0 : page.after !== undefined) return undefined
  const { resourceType, filter } = selection
  if (filter?.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string') return undefined
  const { extension, attribute, sub } = filter.target
  const isUnique = extension === undefined && sub === undefined && attribute === uniqueAttribute(resourceType)
  return isUnique ? filter.value : undefined
}

/** The resource with this folded name. */
export async function findNamed(
  { points, ...context }: ReadContext & { readonly points: PointReads },
  { resourceType, wanted, name }: Question & { readonly name: string },
): Promise<StoredResource | undefined> {
  const row = await points.find('unique_key', { resourceType, wanted }, `${context.orgId} ${name}`)
  return row === undefined ? undefined : toStored(row, resourceType, context)
}

/** Large groups are read one by one, so that nobody else waits for them. */
export const isShared = (wanted: Wanted): boolean => !wanted.has('members')

/** One for a process: the questions of all requests on the pool. */
export class SharedReads implements PointReads {
  readonly #context: Pick<ReadContext, 'work' | 'baseUrl'>
  readonly #shapes = new Map<string, Coalescer<string, Row>>()

  constructor(work: Work, baseUrl: string) {
    this.#context = { work, baseUrl }
  }

  find(by: UniqueColumn, question: Question, key: string): Promise<Row | undefined> {
    // As many as there are resource types and sets of computed attributes: a handful.
    const shape = `${by} ${question.resourceType.name} ${[...question.wanted].sort().join(' ')}`
    let coalescer = this.#shapes.get(shape)
    if (coalescer === undefined) {
      coalescer = new Coalescer({ lookup: (keys) => lookup(this.#context, { by, question, keys }) })
      this.#shapes.set(shape, coalescer)
    }
    return coalescer.get(key)
  }
}

const ORG_ID_LENGTH = 36
const COLUMNS = { id: sql`r.id`, unique_key: sql`r.unique_key` } as const
const TYPES = { id: 'uuid', unique_key: 'text' } as const

async function lookup(
  { work, baseUrl }: Pick<ReadContext, 'work' | 'baseUrl'>,
  { by, question: { resourceType, wanted }, keys }: { by: UniqueColumn; question: Question; keys: readonly string[] },
): Promise<ReadonlyMap<string, Row>> {
  const orgIds = keys.map((key) => key.slice(0, ORG_ID_LENGTH))
  const values = keys.map((key) => key.slice(ORG_ID_LENGTH + 1))
  const column: RawBuilder<unknown> = COLUMNS[by]
  const { rows } = await sql<Row & { nth: number }>`
    select k.nth::int, ${columns([resourceType], wanted, groupsJson(baseUrl))}
    from unnest(${list(orgIds, 'uuid')}, ${list(values, TYPES[by])}) with ordinality k (org_id, value, nth)
      join scim_resources r on r.org_id = k.org_id and ${column} = k.value and r.type = ${sql.lit(resourceType.name)}
      ${joins([resourceType], wanted, { baseUrl, managerOfR: MANAGER_OF_R })}`.execute(work.db)
  return new Map(rows.map((row) => [keys[row.nth - 1] ?? '', row]))
}
