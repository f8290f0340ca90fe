// Where the boxes of a graph stand: each connected part is laid out by itself, from left to right, and the parts are set beside each other
// like columns of a newspaper.
import { Graph, layout } from '@dagrejs/dagre'

export type Box = { readonly id: string; readonly width: number; readonly height: number }
export type Line = { readonly from: string; readonly to: string }
export type Point = { readonly x: number; readonly y: number }

export type Placed = {
  readonly width: number
  readonly height: number
  /** Upper left corners, by box. */
  readonly corners: ReadonlyMap<string, Point>
  /** In the order of the lines that were given; undefined for a line whose ends are not both there. */
  readonly courses: readonly (readonly Point[] | undefined)[]
}

const RANK_GAP = 36
const ROW_GAP = 10
const PART_GAP = 20

/** `widthMax`: parts are set beside each other as long as they fit in it. */
export function placeBoxes(boxes: readonly Box[], lines: readonly Line[], widthMax: number): Placed {
  const parts = connectedParts(boxes, lines).map((part) => placePart(part, lines))
  const widest = Math.max(1, ...parts.map(({ width }) => width))
  const columns = Math.max(1, Math.min(parts.length, Math.floor((widthMax + PART_GAP) / (widest + PART_GAP))))
  const heights: number[] = Array.from({ length: columns }, () => 0)
  const corners = new Map<string, Point>()
  const courses: (readonly Point[] | undefined)[] = lines.map(() => undefined)
  for (const part of parts) {
    const column = heights.indexOf(Math.min(...heights))
    const [dx, dy] = [column * (widest + PART_GAP), heights[column] ?? 0]
    for (const [id, { x, y }] of part.corners) corners.set(id, { x: x + dx, y: y + dy })
    for (const [i, points] of part.courses) courses[i] = points.map(({ x, y }) => ({ x: x + dx, y: y + dy }))
    heights[column] = dy + part.height + PART_GAP
  }
  const used = Math.min(columns, parts.length)
  return { width: used * (widest + PART_GAP) - PART_GAP, height: Math.max(0, ...heights) - PART_GAP, corners, courses }
}

/** Boxes that hang together by lines, in the order in which their first one was given. */
function connectedParts(boxes: readonly Box[], lines: readonly Line[]): readonly (readonly Box[])[] {
  const leader = new Map(boxes.map(({ id }) => [id, id]))
  const leaderOf = (id: string): string => {
    let at = id
    for (let next = leader.get(at); next !== undefined && next !== at; next = leader.get(at)) at = next
    return at
  }
  for (const { from, to } of lines) {
    if (leader.has(from) && leader.has(to)) leader.set(leaderOf(to), leaderOf(from))
  }
  return [...Map.groupBy(boxes, ({ id }) => leaderOf(id)).values()]
}

type PlacedPart = {
  readonly width: number
  readonly height: number
  readonly corners: ReadonlyMap<string, Point>
  readonly courses: ReadonlyMap<number, readonly Point[]>
}

function placePart(boxes: readonly Box[], lines: readonly Line[]): PlacedPart {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', ranksep: RANK_GAP, nodesep: ROW_GAP, edgesep: 6 })
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height })
  const own = lines.flatMap(({ from, to }, i) => (graph.hasNode(from) && graph.hasNode(to) && from !== to ? [{ from, to, i }] : []))
  // The last one set comes to stand uppermost.
  for (const { from, to, i } of own.toReversed()) graph.setEdge(from, to, {}, String(i))
  layout(graph)
  const corners = new Map(
    boxes.map(({ id, width, height }) => {
      const { x = 0, y = 0 } = graph.node(id)
      return [id, { x: x - width / 2, y: y - height / 2 }]
    }),
  )
  const courses = new Map(
    own.map(({ from, to, i }) => [i, between(boxes, { from, to, corners, points: graph.edge(from, to, String(i)).points ?? [] })]),
  )
  const right = Math.max(...boxes.map(({ id, width }) => (corners.get(id)?.x ?? 0) + width))
  const bottom = Math.max(...boxes.map(({ id, height }) => (corners.get(id)?.y ?? 0) + height))
  return { width: right, height: bottom, corners, courses }
}

type Course = Line & { readonly corners: ReadonlyMap<string, Point>; readonly points: readonly Point[] }

/** A line leaves a box in the middle of its right side and comes in the middle of the next one's left; against the stream it is mirrored. */
function between(boxes: readonly Box[], { from, to, corners, points }: Course): readonly Point[] {
  const sideOf = (id: string, side: 'left' | 'right'): Point => {
    const [box, corner] = [boxes.find((one) => one.id === id), corners.get(id)]
    return { x: (corner?.x ?? 0) + (side === 'right' ? (box?.width ?? 0) : 0), y: (corner?.y ?? 0) + (box?.height ?? 0) / 2 }
  }
  const forward = sideOf(from, 'right').x <= sideOf(to, 'left').x
  return [sideOf(from, forward ? 'right' : 'left'), ...points.slice(1, -1), sideOf(to, forward ? 'left' : 'right')]
}
