// The IdP's groups as a tree, by the parts of their names. A level is walked along the index of names: from each part straight to the
// next one, whatever lies below it, so that a level costs what it shows and not what it holds.
import { fold } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import type { Named } from './idp-groups.ts'

/** A part of names on one level: a group of that very name, groups below it, or both. */
export type TreeNode = {
  /** The folded name up to here, without a separator at its end. */
  readonly key: string
  /** The part as the IdP writes it. */
  readonly label: string
  readonly isGroup: boolean
  readonly isFolder: boolean
}

export type TreeLevel = {
  readonly nodes: readonly TreeNode[]
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined
}

/** `prefix`: the folded name of the folder with a separator at its end; empty for the top. `from`: where a page begins. */
export type LevelAsked = { readonly prefix: string; readonly from?: string | undefined }

/** Nodes of one level shown at once. */
export const LEVEL_MAX = 50

type Step = { prefix: string; key: string; name: string; alone: boolean; inside: boolean; told: boolean }

export async function readLevels(
  work: Work,
  orgId: string,
  { levels, separator }: { levels: readonly LevelAsked[]; separator: string },
): Promise<ReadonlyMap<string, TreeLevel>> {
  const steps = levels.length === 0 ? [] : await walk(work, orgId, { levels, separator: fold(separator) })
  return new Map(
    levels.map(({ prefix }) => [
      prefix,
      levelOf(
        steps.filter((step) => step.prefix === prefix),
        { prefix, separator },
      ),
    ]),
  )
}

/** A part can be met twice, once as a group and once with what is below it, when other names stand between the two. */
const STEPS_MAX = 2 * LEVEL_MAX + 1

async function walk(
  work: Work,
  orgId: string,
  { levels, separator }: { levels: readonly LevelAsked[]; separator: string },
): Promise<readonly Step[]> {
  const asked = levels.map(({ prefix, from }) => ({ prefix, from: from ?? prefix, until: endOf(prefix, separator) }))
  const next = after(separator)
  const groups = sql`scim_resources r where r.org_id = ${orgId}::uuid and r.type = 'Group'`
  const rest = sql`substr(w.key, length(l.prefix) + 1)`
  const part = sql`split_part(${rest}, ${separator}::text, 1)`
  // Not "exists": for many rows that may be planned as one pass over all groups.
  const any = (condition: RawBuilder<unknown>) => sql`(select true from ${groups} and ${condition} limit 1) is not null`
  const { rows } = await sql<Step>`
    select l.prefix, w.key, w.name, strpos(${rest}, ${separator}::text) = 0 as alone,
      ${any(sql`r.unique_key >= l.prefix || ${part} || ${separator}::text and r.unique_key < l.prefix || ${part} || ${next}::text`)} as inside,
      strpos(${rest}, ${separator}::text) > 0 and ${any(sql`r.unique_key = l.prefix || ${part}`)} as told
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) l (prefix text, "from" text, until text) cross join lateral (
      with recursive walk (n, key, name) as (
        (select 1, r.unique_key, r.json::json ->> 'displayName' from ${groups} and r.unique_key >= l."from" and r.unique_key < l.until
          order by r.unique_key limit 1)
        union all
        select w.n + 1, x.key, x.name from walk w cross join lateral (
          select r.unique_key as key, r.json::json ->> 'displayName' as name from ${groups} and r.unique_key < l.until
            and r.unique_key >= case when strpos(${rest}, ${separator}::text) = 0 then w.key || chr(1) else l.prefix || ${part} || ${next}::text end
          order by r.unique_key limit 1
        ) x where w.n < ${STEPS_MAX}
      )
      select n, key, name from walk
    ) w order by l.prefix, w.n`.execute(work.db)
  return rows
}

function levelOf(steps: readonly Step[], { prefix, separator }: { prefix: string; separator: string }): TreeLevel {
  const depth = prefix.split(fold(separator)).length - 1
  const nodes: TreeNode[] = []
  for (const [i, { key, name, alone, inside, told }] of steps.entries()) {
    if (nodes.length === LEVEL_MAX || i === STEPS_MAX - 1) return { nodes, next: key }
    if (told) continue
    const part = key.slice(prefix.length).split(fold(separator), 1)[0] ?? ''
    nodes.push({ key: prefix + part, label: name.split(separator)[depth] ?? part, isGroup: alone, isFolder: inside })
  }
  return { nodes, next: undefined }
}

/** Above every name that there can be: a code point that is no character. */
const TOP = '\u{10ffff}'

const endOf = (prefix: string, separator: string) => (prefix === '' ? TOP : prefix.slice(0, -separator.length) + after(separator))

/** The lowest text above all that begin with this one. */
function after(text: string): string {
  const points = Array.from(text)
  const last = points.pop()?.codePointAt(0) ?? 0
  // Surrogates are no characters of their own.
  return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
}

export type FolderCount = {
  /** Groups below, counted up to FOLDER_COUNTED_MAX + 1. */
  readonly groups: number
  /** Those that open a scope. */
  readonly on: number
}

/** Past it a page says "more than". */
export const FOLDER_COUNTED_MAX = 500

/** How many groups lie below folders, by prefix. */
export async function countFolders(
  work: Work,
  orgId: string,
  { prefixes, separator }: { prefixes: readonly string[]; separator: string },
): Promise<ReadonlyMap<string, FolderCount>> {
  const ends = prefixes.map((prefix) => endOf(prefix, fold(separator)))
  const { rows } = await sql<FolderCount & { prefix: string }>`
    select f.prefix, c.groups, c.on from unnest(${prefixes}::text[], ${ends}::text[]) f (prefix, until) cross join lateral (
      select count(*)::int as groups, count(*) filter (where n.path is not null)::int as on from (
        select r.org_id, r.id from scim_resources r
        where r.org_id = ${orgId}::uuid and r.type = 'Group' and r.unique_key >= f.prefix and r.unique_key < f.until
        order by r.unique_key limit ${FOLDER_COUNTED_MAX + 1}
      ) g left join group_nodes n on n.org_id = g.org_id and n.scim_group_id = g.id
    ) c`.execute(work.db)
  return new Map(rows.map(({ prefix, ...count }) => [prefix, count]))
}

/** Groups that can be switched together. */
export const SUBTREE_MAX = 10_000

/** A folder's groups, the one of its own name included, by name; one more than SUBTREE_MAX at most. */
export async function readSubtree(
  work: Work,
  orgId: string,
  { prefix, separator }: { prefix: string; separator: string },
): Promise<readonly Named[]> {
  const own = prefix.slice(0, -fold(separator).length)
  const { rows } = await sql<Named>`
    select r.id::text, r.json::json ->> 'displayName' as name from scim_resources r
    where r.org_id = ${orgId}::uuid and r.type = 'Group'
      and (r.unique_key = ${own} or (r.unique_key >= ${prefix} and r.unique_key < ${endOf(prefix, fold(separator))}))
    order by r.unique_key limit ${SUBTREE_MAX + 1}`.execute(work.db)
  return rows
}
