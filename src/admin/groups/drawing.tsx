// The permission graph as a picture, and the same in words below it.
import type { PermissionGraph } from '../../permissions/graph.ts'
import { type GraphBox, type GraphLine, GraphPicture } from '../../web/components/graph-picture.tsx'
import { graphHref, groupHref } from './address.ts'
import { membersInWords } from './words.ts'

/** Up to so many groups, scopes granted to them are boxes of their own; past it they are counted in the group's box. */
const DETAILED_MAX = 40

export type DrawingProps = {
  readonly graph: PermissionGraph
  /** The path of the group that the picture is about. */
  readonly focus?: string | undefined
}

export function Drawing({ graph, focus }: DrawingProps) {
  const detailed = graph.nodes.length <= DETAILED_MAX
  return (
    <div class="stack">
      <GraphPicture title="The permission graph" boxes={boxesOf(graph, { focus, detailed })} lines={linesOf(graph, detailed)} />
      <ul class="legend-row" aria-hidden="true">
        <li class="graph-key group">from the identity provider</li>
        <li class="graph-key local">made here</li>
        {detailed ? <li class="graph-key scope">granted scope</li> : null}
      </ul>
      <p class="subtle">
        A solid line leads from a group to one inside it, whose members read what the outer group knows; a dashed one to a scope that was
        granted.
      </p>
      <details class="unfold">
        <summary>The same in words</summary>
        <InWords graph={graph} />
      </details>
    </div>
  )
}

const scopeBox = (scope: string): string => `scope ${scope}`

function boxesOf(
  { nodes, grants }: PermissionGraph,
  { focus, detailed }: { focus: string | undefined; detailed: boolean },
): readonly GraphBox[] {
  const paths = new Set(nodes.map(({ path }) => path))
  const groups = nodes.map((node): GraphBox => {
    const own = grants.filter(({ nodeId }) => nodeId === node.id).length
    const granted = detailed || own === 0 ? '' : ` · ${own} granted`
    const isFocus = node.path === focus
    return {
      id: node.id,
      label: labelOf(node.path, paths),
      whole: node.path,
      detail: membersInWords(node) + granted,
      tone: node.origin === 'idp' ? 'group' : 'local',
      isFocus,
      // The one in focus leads to itself, the others into focus.
      href: isFocus ? groupHref(node.path) : graphHref({ view: 'picture', focus: node.path }),
    }
  })
  const scopes = detailed ? [...new Set(grants.map(({ scope }) => scope))] : []
  return [...groups, ...scopes.map((scope): GraphBox => ({ id: scopeBox(scope), label: scope, tone: 'scope' }))]
}

/** What the boxes before it say already is left out. */
function labelOf(path: string, paths: ReadonlySet<string>): string {
  const above = path.slice(0, path.lastIndexOf('/'))
  return path.includes('/') && paths.has(above) ? path.slice(above.length + 1) : path
}

function linesOf({ nodes, nestings, grants }: PermissionGraph, detailed: boolean): readonly GraphLine[] {
  const pathOf = (id: string) => nodes.find((node) => node.id === id)?.path ?? ''
  const place = new Map(nodes.map(({ id }, i) => [id, i]))
  const inside = nestings
    .toSorted((a, b) => (place.get(a.inner) ?? 0) - (place.get(b.inner) ?? 0))
    .map(
      ({ inner, outer, by }): GraphLine => ({
        from: outer,
        to: inner,
        look: 'solid',
        title: `${pathOf(inner)} is inside ${pathOf(outer)}${by === 'name' ? ', by its name' : ''}`,
      }),
    )
  const granted = grants.map(
    ({ nodeId, scope, role }): GraphLine => ({
      from: nodeId,
      to: scopeBox(scope),
      look: 'dashed',
      title: `${scope} is granted to ${pathOf(nodeId)} as ${role}`,
    }),
  )
  return detailed ? [...inside, ...granted] : inside
}

function InWords({ graph: { nodes, nestings, grants } }: { readonly graph: PermissionGraph }) {
  const outerOf = (id: string) =>
    nestings.filter(({ inner }) => inner === id).flatMap(({ outer }) => nodes.find((node) => node.id === outer)?.path ?? [])
  const grantedTo = (id: string) => grants.filter(({ nodeId }) => nodeId === id).map(({ scope, role }) => `${scope} as ${role}`)
  return (
    <ul class="plain-list">
      {nodes.map((node) => (
        <li key={node.id}>
          <a href={groupHref(node.path)}>{node.path}</a>
          {[
            ` has ${membersInWords(node)}`,
            ...outerOf(node.id).map((path) => `is inside ${path}`),
            ...grantedTo(node.id).map((grant) => `was granted ${grant}`),
          ].join(', ')}
          .
        </li>
      ))}
    </ul>
  )
}
