// What we use of the layout library. Its own declarations leave out the endings of their imports, so that nothing of them is found.
declare module '@dagrejs/dagre' {
  type NodeLabel = { width: number; height: number; x?: number; y?: number }
  type EdgeLabel = { points?: { x: number; y: number }[] }

  export class Graph {
    constructor(options: { multigraph: boolean })
    setGraph(label: { rankdir: 'LR'; ranksep: number; nodesep: number; edgesep: number }): this
    setNode(id: string, label: NodeLabel): this
    hasNode(id: string): boolean
    setEdge(from: string, to: string, label: EdgeLabel, name: string): this
    /** After `layout` the middle of the box. */
    node(id: string): NodeLabel
    edge(from: string, to: string, name: string): EdgeLabel
  }

  export function layout(graph: Graph): void
}
