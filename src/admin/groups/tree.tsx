// Groups as a tree by their places. A place that no group has, but that some lie below, is shown as a folder.
import type { GraphNode, PermissionGraph } from '../../permissions/graph.ts'
import { Badge } from '../../web/components/badge.tsx'
import { Icon } from '../../web/components/icon.tsx'
import { groupHref } from './address.ts'
import { membersInWords } from './words.ts'

type Branch = { readonly segment: string; readonly path: string; node: GraphNode | undefined; readonly below: Map<string, Branch> }

/** The groups below each other; folders are made where a part of a path has none. */
export function branchesOf(nodes: readonly GraphNode[]): readonly Branch[] {
  const top = new Map<string, Branch>()
  for (const node of nodes) {
    let level = top
    let branch: Branch | undefined
    let path = ''
    for (const segment of node.path.split('/')) {
      path = path === '' ? segment : `${path}/${segment}`
      branch = level.get(segment) ?? { segment, path, node: undefined, below: new Map() }
      level.set(segment, branch)
      level = branch.below
    }
    if (branch !== undefined) branch.node = node
  }
  return [...top.values()]
}

export function Tree({ graph }: { readonly graph: PermissionGraph }) {
  return (
    <ul class="tree">
      {branchesOf(graph.nodes).map((branch) => (
        <Branches key={branch.path} branch={branch} graph={graph} />
      ))}
    </ul>
  )
}

function Branches({ branch, graph }: { readonly branch: Branch; readonly graph: PermissionGraph }) {
  const { segment, node, below } = branch
  return (
    <li>
      <div class="tree-row">
        <Icon name={node === undefined ? 'folder' : 'group'} />
        {node === undefined ? <span class="muted">{segment}</span> : <a href={groupHref(node.path)}>{segment}</a>}
        {node === undefined ? <span class="subtle">no group of its own</span> : <About node={node} graph={graph} />}
      </div>
      {below.size === 0 ? null : (
        <ul>
          {[...below.values()].map((inner) => (
            <Branches key={inner.path} branch={inner} graph={graph} />
          ))}
        </ul>
      )}
    </li>
  )
}

function About({ node, graph }: { readonly node: GraphNode; readonly graph: PermissionGraph }) {
  const grants = graph.grants.filter(({ nodeId }) => nodeId === node.id)
  // Places follow from names and from one nesting; what else a group lies in is told here.
  const elsewhere = graph.nestings
    .filter(({ inner, by }) => inner === node.id && by === 'idp')
    .flatMap(({ outer }) => graph.nodes.find(({ id }) => id === outer)?.path ?? [])
    .filter((path) => !node.path.startsWith(`${path}/`))
  return (
    <>
      <span class="subtle">{membersInWords(node)}</span>
      <Badge>{node.origin === 'idp' ? 'from the IdP' : 'made here'}</Badge>
      {grants.map(({ scope, role }) => (
        <Badge key={scope} tone="info">{`${scope} (${role})`}</Badge>
      ))}
      {elsewhere.length === 0 ? null : <span class="subtle">{`also inside ${elsewhere.join(', ')}`}</span>}
    </>
  )
}
