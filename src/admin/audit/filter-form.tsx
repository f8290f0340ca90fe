// The filter of the audit log as a form, and what it holds as words that can be taken away one by one.
import type { FilterField, FilterReading } from '../../audit/filter.ts'
import type { Kind } from '../../audit/kinds.ts'
import { Button } from '../../web/components/button.tsx'
import { type Choice, Field, Select } from '../../web/components/field.tsx'
import { Icon } from '../../web/components/icon.tsx'
import type { Entered } from '../../web/form.ts'
import { AUDIT_PATH, auditHref, type Fields } from './address.ts'
import { actionInWords, channelInWords } from './words.ts'

export type FilterFormProps = {
  readonly fields: Fields
  readonly problems: FilterReading['problems']
  /** What the log holds. */
  readonly kinds: readonly Kind[]
}

const PERIODS: readonly Choice[] = [
  { value: '', label: 'All time' },
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
]

const LESS_COMMON: readonly FilterField[] = ['actor', 'target', 'from', 'to', 'request_id']

export function FilterForm({ fields, problems, kinds }: FilterFormProps) {
  const entered: Entered = { values: fields, problems: Object.fromEntries(Object.entries(problems)) }
  const open = LESS_COMMON.some((field) => fields[field] !== undefined)
  return (
    <form method="get" action={AUDIT_PATH} class="card filter-form" aria-label="Filter">
      <div class="filters">
        <Field name="text" label="Text" type="search" entered={entered} maxLength={200} />
        <Select name="channel" label="Channel" entered={entered} choices={withOwn(channels(kinds), fields.channel)} />
        <Select name="action" label="Action" entered={entered} choices={withOwn(actions(kinds), fields.action)} />
        <Select name="outcome" label="Outcome" entered={entered} choices={OUTCOMES} />
        <Select name="last" label="Period" entered={entered} choices={withOwn(PERIODS, fields.last)} />
      </div>
      <details class="filter-more" open={open}>
        <summary>More filters</summary>
        <div class="filters">
          <Field name="actor" label="Who" entered={entered} hint="User name, token, or id" maxLength={200} literal />
          <Field name="target" label="On" entered={entered} hint="User name, group, token, or id" maxLength={200} literal />
          <Field name="from" label="From" entered={entered} hint="2026-11-23 or 2026-11-23T14:05, UTC" maxLength={40} literal />
          <Field name="to" label="To" entered={entered} hint="Included" maxLength={40} literal />
          <Field name="request_id" label="Request id" entered={entered} maxLength={200} literal />
        </div>
      </details>
      <div class="row">
        <Button look="primary" icon="search">
          Show
        </Button>
        {Object.keys(fields).length === 0 ? null : <a href={AUDIT_PATH}>Clear the filter</a>}
      </div>
    </form>
  )
}

const OUTCOMES: readonly Choice[] = [
  { value: '', label: 'Any' },
  { value: 'success', label: 'Success' },
  { value: 'denied', label: 'Denied' },
  { value: 'failure', label: 'Failure' },
]

function channels(kinds: readonly Kind[]): readonly Choice[] {
  const found = [...new Set(kinds.map(({ channel }) => channel))]
  return [{ value: '', label: 'Any' }, ...found.map((value) => ({ value, label: channelInWords(value) }))]
}

/** Every action that occurs, and the beginnings that several share. */
function actions(kinds: readonly Kind[]): readonly Choice[] {
  const found = [...new Set(kinds.map(({ action }) => action))].sort()
  const beginnings = new Map<string, number>()
  for (const action of found) {
    const beginning = action.slice(0, action.lastIndexOf('.') + 1)
    beginnings.set(beginning, (beginnings.get(beginning) ?? 0) + 1)
  }
  const shared = [...beginnings].filter(([, count]) => count > 1).map(([beginning]) => `${beginning}*`)
  return [
    { value: '', label: 'Any' },
    ...[...found, ...shared].sort().map((value) => ({ value, label: value.endsWith('*') ? value : `${value} (${actionInWords(value)})` })),
  ]
}

/** What stands in the address is shown as chosen, also when the log has none such. */
function withOwn(choices: readonly Choice[], value: string | undefined): readonly Choice[] {
  return value === undefined || choices.some((choice) => choice.value === value) ? choices : [...choices, { value, label: value }]
}

const LABELS: Readonly<Record<FilterField, string>> = {
  channel: 'Channel',
  action: 'Action',
  outcome: 'Outcome',
  actor: 'Who',
  target: 'On',
  last: 'Last',
  from: 'From',
  to: 'To',
  text: 'Text',
  request_id: 'Request',
}

/** One link for each part of the filter; it leads to the same without it. */
export function Chips({ fields }: { readonly fields: Fields }) {
  const entries = Object.entries(fields)
  if (entries.length === 0) return null
  return (
    <ul class="chips" aria-label="Filters in use">
      {entries.map(([field, value]) => (
        <li key={field}>
          <a href={auditHref(without(fields, field))} aria-label={`Remove the filter ${labelOf(field)}: ${value}`}>
            <span class="muted">{labelOf(field)}</span> {value}
            <Icon name="close" />
          </a>
        </li>
      ))}
    </ul>
  )
}

const labelOf = (field: string): string => Object.entries(LABELS).find(([name]) => name === field)?.[1] ?? field

const without = (fields: Fields, field: string): Fields => Object.fromEntries(Object.entries(fields).filter(([name]) => name !== field))
