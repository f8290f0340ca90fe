// A graph as SVG made on the server: boxes that are links, and lines between them. It keeps its size and scrolls, so that it can be read
// whatever the number of boxes. For those who do not see it, the page has the same in words.
import { curveBumpX, line } from 'd3-shape'
import { type Placed, placeBoxes, type Point } from '../graph-layout.ts'

export type GraphBox = {
  readonly id: string
  readonly label: string
  /** The label in full, where it is shortened. */
  readonly whole?: string
  /** Small, below the label. */
  readonly detail?: string | undefined
  readonly tone: 'group' | 'local' | 'scope'
  readonly href?: string
  /** What the picture is about. */
  readonly isFocus?: boolean
}

export type GraphLine = { readonly from: string; readonly to: string; readonly look: 'solid' | 'dashed'; readonly title: string }

export type GraphPictureProps = {
  readonly title: string
  readonly boxes: readonly GraphBox[]
  readonly lines: readonly GraphLine[]
}

/** What the frame of a page has room for, side column and paddings taken off. */
const WIDTH = 920
const MARGIN = 12
const CHARACTER = 7.4
const LABEL_MAX = 28
const PADDING = 14

export function GraphPicture({ title, boxes, lines }: GraphPictureProps) {
  // One width for all of them, so that each column has one edge.
  const boxWidth = Math.max(...boxes.map((box) => sizeOf(box).width))
  const sizes = boxes.map((box) => ({ id: box.id, width: boxWidth, height: sizeOf(box).height }))
  const placed = placeBoxes(sizes, lines, WIDTH - 2 * MARGIN)
  const [width, height] = [placed.width + 2 * MARGIN, placed.height + 2 * MARGIN]
  return (
    <div class="graph-frame" tabIndex={0} role="group" aria-label={`${title}; the same stands below in words`}>
      <svg class="graph" width={width} height={height} viewBox={`${-MARGIN} ${-MARGIN} ${width} ${height}`} aria-hidden="true">
        {lines.map((one, i) => (
          <Course key={i} line={one} points={placed.courses[i]} />
        ))}
        {boxes.map((box) => (
          <BoxLink key={box.id} box={box} width={boxWidth} placed={placed} />
        ))}
      </svg>
    </div>
  )
}

const shortened = (text: string): string => (text.length > LABEL_MAX ? `${text.slice(0, LABEL_MAX - 1)}…` : text)

function sizeOf({ label, detail }: GraphBox): { readonly width: number; readonly height: number } {
  const characters = Math.max(shortened(label).length, (detail?.length ?? 0) * 0.84)
  return { width: Math.max(72, characters * CHARACTER + 2 * PADDING), height: detail === undefined ? 30 : 44 }
}

const path = line<Point>(
  ({ x }) => Math.round(x * 10) / 10,
  ({ y }) => Math.round(y * 10) / 10,
).curve(curveBumpX)

function Course({ line: { look, title }, points }: { readonly line: GraphLine; readonly points: readonly Point[] | undefined }) {
  if (points === undefined) return null
  return (
    <path class={`graph-line ${look}`} d={path([...points]) ?? ''}>
      <title>{title}</title>
    </path>
  )
}

function BoxLink({ box, width, placed }: { readonly box: GraphBox; readonly width: number; readonly placed: Placed }) {
  const { id, label, detail, tone, href, isFocus = false } = box
  const { x, y } = placed.corners.get(id) ?? { x: 0, y: 0 }
  const { height } = sizeOf(box)
  const shape = (
    <g class={`graph-box ${tone}${isFocus ? ' focus' : ''}`} transform={`translate(${Math.round(x)} ${Math.round(y)})`}>
      <title>{[box.whole ?? label, ...(detail === undefined ? [] : [detail])].join(': ')}</title>
      <rect width={Math.round(width)} height={height} rx="8" />
      <text x={PADDING} y={19}>
        {shortened(label)}
      </text>
      {detail === undefined ? null : (
        <text class="graph-detail" x={PADDING} y={35}>
          {detail}
        </text>
      )}
    </g>
  )
  return href === undefined ? (
    shape
  ) : (
    <a href={href} tabIndex={-1}>
      {shape}
    </a>
  )
}
