// What a row says beside who, what and whom: differences from before to after, why it was refused, what was tolerated, and the rest.
import { explainTolerance } from '../../audit/tolerances.ts'
import type { Named } from '../../directory/names.ts'
import { Icon } from '../../web/components/icon.tsx'

export type Difference = {
  readonly path: string
  readonly before: string | undefined
  readonly after: string | undefined
  readonly kept: boolean
}

/** A row's payload, taken apart; it may have been written by another version, so nothing of its form is taken for granted. */
export type Told = {
  readonly differences: readonly Difference[]
  readonly error: string | undefined
  readonly compat: readonly string[]
  readonly facts: readonly (readonly [name: string, value: unknown])[]
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const isChange = (value: unknown): value is Json =>
  isObject(value) && Object.keys(value).every((key) => key === 'before' || key === 'after')

export function tell(payload: Json): Told {
  const { changes, error, compat, ...others } = payload
  const own = isChange(others) && Object.keys(others).length > 0
  const nested = own ? [] : Object.entries(others).filter(([, value]) => isChange(value) && Object.keys(value).length > 0)
  const facts = own ? [] : Object.entries(others).filter(([name]) => !nested.some(([other]) => other === name))
  return {
    differences: [
      ...(isObject(changes) ? Object.entries(changes) : []).map(([path, change]) => difference(path, change)),
      ...nested.map(([path, change]) => difference(path, change)),
      ...(own ? [difference('name', others)] : []),
    ],
    error: isObject(error) ? textOf(error['detail']) : undefined,
    compat: Array.isArray(compat) ? compat.filter((name) => typeof name === 'string') : [],
    facts,
  }
}

function difference(path: string, change: unknown): Difference {
  const { before, after } = isObject(change) ? change : {}
  return { path, before: textOf(before), after: textOf(after), kept: isObject(change) && ('before' in change || 'after' in change) }
}

const TEXT_MAX = 300

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = typeof value === 'string' ? value : Array.isArray(value) ? value.map(elementOf).join(', ') : JSON.stringify(value)
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text
}

/** An element of a multi-valued attribute: its value, and which of them it is. */
function elementOf(element: unknown): string {
  if (!isObject(element) || typeof element['value'] !== 'string') return typeof element === 'string' ? element : JSON.stringify(element)
  const { value, type, primary } = element
  const kind = [typeof type === 'string' ? type : '', primary === true ? 'primary' : ''].filter((word) => word !== '')
  return kind.length === 0 ? value : `${value} (${kind.join(', ')})`
}

const SHOWN_MAX = 6

export type ChangesProps = { readonly told: Told; readonly names: ReadonlyMap<string, Named>; readonly whole?: boolean }

export function Changes({ told, names, whole = false }: ChangesProps) {
  const { differences, error, compat, facts } = told
  const shown = whole ? differences : differences.slice(0, SHOWN_MAX)
  const rest = differences.length - shown.length
  return (
    <>
      {error === undefined ? null : <p class="told-error">{error}</p>}
      {shown.length === 0 ? null : (
        <ul class="diff">
          {shown.map((one) => (
            <li key={one.path}>
              <DifferenceLine {...one} />
            </li>
          ))}
          {rest > 0 ? <li class="muted">{`and ${rest} more`}</li> : null}
        </ul>
      )}
      {facts.length === 0 ? null : (
        <p class="told-facts">{facts.map(([name, value]) => factInWords(name, nameOf(value, names))).join(' · ')}</p>
      )}
      {compat.map((name) => (
        <p key={name} class="told-compat">
          <code>{name}</code>
          {` ${explainTolerance(name)}`}
        </p>
      ))}
    </>
  )
}

function DifferenceLine({ path, before, after, kept }: Difference) {
  const name = shortened(path)
  if (!kept) {
    return (
      <>
        <b>{name}</b>
        <span class="muted"> changed; its values are not kept</span>
      </>
    )
  }
  return (
    <>
      <b>{name}</b>{' '}
      {before === undefined ? null : (
        <>
          <del>{before}</del>
          <Icon name="arrow" label="became" />
        </>
      )}
      {after === undefined ? <span class="muted">{before === undefined ? 'empty' : 'removed'}</span> : <ins>{after}</ins>}
    </>
  )
}

/** The schema's URN in front of an attribute says nothing to a reader. */
const shortened = (path: string): string => path.replace(/^urn:[\w:.-]*:([A-Za-z]\w*(?:\.\w+)*)$/, '$1')

const inWords = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

const FACTS: Readonly<Record<string, (value: string) => string>> = {
  afterMs: (value) => `${value} ms after the request arrived`,
  apiKeys: (value) => `${value} API ${value === '1' ? 'key' : 'keys'} revoked`,
  sessions: (value) => `${value} ${value === '1' ? 'session' : 'sessions'} ended`,
  lifetimeSeconds: (value) => (value === 'never' ? 'never expires' : `lives ${Math.round(Number(value) / 86_400)} days`),
  unchanged: () => 'everything was as asked for already',
}

const factInWords = (name: string, value: string): string =>
  (Object.hasOwn(FACTS, name) ? FACTS[name]?.(value) : undefined) ?? `${inWords(name)} ${value}`

/** What stands for something is told by its name, or at least by its id alone. */
function nameOf(value: unknown, names: ReadonlyMap<string, Named>): string {
  if (!isObject(value)) return (typeof value === 'string' ? names.get(value)?.name : undefined) ?? textOf(value) ?? 'none'
  const { id, name } = value
  const known = typeof id === 'string' ? (names.get(id)?.name ?? id) : undefined
  return (typeof name === 'string' ? name : known) ?? textOf(value) ?? ''
}
