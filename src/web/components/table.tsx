// Tables that stay readable on a phone: there, each row becomes a small list with the column's name before each value.
import type { ComponentChildren } from 'preact'

export type Column<Row> = {
  readonly label: string
  readonly cell: (row: Row) => ComponentChildren
  /** Numbers stand at the right edge, short texts stay on one line; buttons need no heading anyone can see. */
  readonly kind?: 'number' | 'short' | 'actions'
}

export type TableProps<Row> = {
  /** What the table lists, for screen readers. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
}

export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <div class="table-frame">
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ label, kind }) => (
              <th key={label} scope="col" class={kind}>
                {kind === 'actions' ? <span class="unseen">{label}</span> : label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ label, cell, kind }) => (
                <td key={label} class={kind} data-label={kind === 'actions' ? undefined : label}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
