// Which part of the tree of groups is shown: what the address opens, or as much as fits when it says nothing. A handful of statements,
// however many groups there are and however deep they lie.
import { countFolders, type FolderCount, readLevels, type TreeLevel, type TreeNode } from '../../permissions/idp-group-tree.ts'
import { type IdpGroup, readIdpGroups } from '../../permissions/idp-groups.ts'
import { fold } from '@plur-enterprise/scim'
import type { MemberVisit } from '../../web/visit.ts'

export type TreeRow = {
  readonly node: TreeNode
  /** Below the folder that is looked at. */
  readonly depth: number
  readonly group: IdpGroup | undefined
  readonly folder: (FolderCount & { readonly prefix: string; readonly isOpen: boolean }) | undefined
}

/** A level that has more than is shown, at its end. */
export type MoreRow = { readonly prefix: string; readonly from: string; readonly depth: number }

export type Tree = {
  /** The folder that is looked at; empty at the top. */
  readonly under: string
  readonly isFirstPage: boolean
  readonly rows: readonly (TreeRow | MoreRow)[]
  /** Prefixes of the folders that are open. */
  readonly open: readonly string[]
}

/** Folders that an address can hold open. */
const OPEN_MAX = 20
/** Rows up to which everything opens by itself. */
const ROWS_WELCOME = 60
const DEPTH_MAX = 8

/** Of a visit, what is needed here. */
export type TreeVisit = Pick<MemberVisit, 'query' | 'work'> & { readonly principal: Pick<MemberVisit['principal'], 'orgId'> }

type Reading = {
  readonly visit: TreeVisit
  readonly separator: string
  readonly levels: Map<string, TreeLevel>
  readonly counts: Map<string, FolderCount>
}

export async function loadTree(visit: TreeVisit, separator: string): Promise<Tree> {
  const { query, work, principal } = visit
  const under = query.get('under') ?? ''
  const from = query.get('from') ?? undefined
  const wanted = query.has('open') ? new Set(query.getAll('open').slice(0, OPEN_MAX)) : undefined
  const reading: Reading = { visit, separator, levels: new Map(), counts: new Map() }
  await readInto(reading, [{ prefix: under, from }])
  const open: string[] = []
  for (let level = foldersOf(reading, [under]), depth = 0; level.length > 0 && depth < DEPTH_MAX; depth++) {
    await countInto(reading, level)
    const next = wanted === undefined ? welcome(reading, level) : level.filter((prefix) => wanted.has(prefix))
    open.push(...next)
    await readInto(
      reading,
      next.map((prefix) => ({ prefix })),
    )
    level = foldersOf(reading, next)
  }
  const keys = [...reading.levels.values()].flatMap(({ nodes }) => nodes.flatMap(({ isGroup, key }) => (isGroup ? [key] : [])))
  const groups = await readIdpGroups(work, principal.orgId, keys)
  return { under, isFirstPage: from === undefined, open, rows: flatten(reading, { prefix: under, depth: 0, groups, open: new Set(open) }) }
}

async function readInto(
  { visit, separator, levels }: Reading,
  asked: readonly { prefix: string; from?: string | undefined }[],
): Promise<void> {
  const read = await readLevels(visit.work, visit.principal.orgId, { levels: asked, separator })
  for (const [prefix, level] of read) levels.set(prefix, level)
}

async function countInto({ visit, separator, counts }: Reading, prefixes: readonly string[]): Promise<void> {
  const read = await countFolders(visit.work, visit.principal.orgId, { prefixes, separator })
  for (const [prefix, count] of read) counts.set(prefix, count)
}

function foldersOf({ levels, separator }: Reading, prefixes: readonly string[]): readonly string[] {
  const nodes = prefixes.flatMap((prefix) => levels.get(prefix)?.nodes ?? [])
  return nodes.flatMap(({ isFolder, key }) => (isFolder ? [key + fold(separator)] : []))
}

/** All folders of a level, or none of them when they would not fit. */
function welcome({ levels, counts }: Reading, prefixes: readonly string[]): readonly string[] {
  const shown = [...levels.values()].reduce((sum, { nodes }) => sum + nodes.length, 0)
  const inside = prefixes.reduce((sum, prefix) => sum + (counts.get(prefix)?.groups ?? 0), 0)
  return shown + inside <= ROWS_WELCOME ? prefixes : []
}

type Place = {
  readonly prefix: string
  readonly depth: number
  readonly groups: ReadonlyMap<string, IdpGroup>
  readonly open: ReadonlySet<string>
}

function flatten(reading: Reading, { prefix, depth, groups, open }: Place): readonly (TreeRow | MoreRow)[] {
  const level = reading.levels.get(prefix)
  const rows = (level?.nodes ?? []).flatMap((node): readonly (TreeRow | MoreRow)[] => {
    const below = node.key + fold(reading.separator)
    const isOpen = open.has(below)
    const count = node.isFolder ? reading.counts.get(below) : undefined
    const folder = count === undefined ? undefined : { ...count, prefix: below, isOpen }
    const row: TreeRow = { node, depth, group: groups.get(node.key), folder }
    return isOpen ? [row, ...flatten(reading, { prefix: below, depth: depth + 1, groups, open })] : [row]
  })
  return level?.next === undefined ? rows : [...rows, { prefix, from: level.next, depth }]
}
