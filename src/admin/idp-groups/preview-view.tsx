// What a change would do, before it is done: scopes that open and close, who gains and loses, and what stands in the way.
import type { ComponentChildren } from 'preact'
import type { People, Preview, ScopeChange } from '../../permissions/preview.ts'
import { explainHeld } from '../../permissions/selecting.ts'
import { Callout } from '../../web/components/notice-bar.tsx'
import { type Column, Table } from '../../web/components/table.tsx'

const SHOWN_MAX = 30

export function PreviewView({ preview }: { readonly preview: Preview }) {
  const { opened, closed, renamed, conflicts, people } = preview
  if (opened.length + closed.length + renamed.length + conflicts.length + people.length === 0) {
    return (
      <Callout tone="info">
        <p>Nothing changes: no scope opens or closes, and nobody gains or loses access.</p>
      </Callout>
    )
  }
  return (
    <div class="stack">
      <p>{inWords(preview)}</p>
      {conflicts.length === 0 ? null : (
        <Callout tone="warn" title={conflicts.length === 1 ? 'One group will not open' : `${conflicts.length} groups will not open`}>
          <Shown items={conflicts}>
            {({ group, reason, scope, heldBy }) => (
              <li key={group}>
                <strong>{group}</strong>: {explainHeld({ held: reason, wantedScope: scope, heldBy })}
              </li>
            )}
          </Shown>
        </Callout>
      )}
      <Scopes title="Opens" changes={opened.map(({ scope, group }) => ({ key: scope, scope, note: group }))} />
      <Scopes
        title="Closes; its memories are kept, for admins only"
        changes={closed.map(({ scope, group }) => ({ key: scope, scope, note: group }))}
      />
      <Scopes
        title="Gets another name; its memories go along"
        changes={renamed.map(({ from, to }) => ({ key: from, scope: from, note: `becomes ${to}` }))}
      />
      <PeopleTable people={people} />
    </div>
  )
}

function inWords({ opened, closed, people }: Preview): string {
  const scopes = [count(opened.length, 'scope opens', 'scopes open'), count(closed.length, 'scope closes', 'scopes close')]
  const gaining = people.filter(({ gain }) => gain.count > 0).length
  const losing = people.filter(({ lose }) => lose.count > 0).length
  const access = [
    gaining === 0 ? 'nobody gains access' : `people gain access to ${count(gaining, 'scope', 'scopes') ?? ''}`,
    losing === 0 ? 'nobody loses access' : `people lose access to ${count(losing, 'scope', 'scopes') ?? ''}`,
  ]
  const text = [...scopes.filter((part) => part !== undefined), ...access].join(', ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

const count = (n: number, one: string, many: string) => (n === 0 ? undefined : `${n.toLocaleString('en')} ${n === 1 ? one : many}`)

type ShownProps<T> = { readonly items: readonly T[]; readonly children: (item: T) => ComponentChildren }

function Shown<T>({ items, children }: ShownProps<T>) {
  return (
    <ul class="plain-list">
      {items.slice(0, SHOWN_MAX).map((item) => children(item))}
      {items.length > SHOWN_MAX ? <li class="muted">{`and ${(items.length - SHOWN_MAX).toLocaleString('en')} more`}</li> : null}
    </ul>
  )
}

type ScopesProps = {
  readonly title: string
  readonly changes: readonly { readonly key: string; readonly scope: string; readonly note: string }[]
}

function Scopes({ title, changes }: ScopesProps) {
  if (changes.length === 0) return null
  return (
    <div>
      <h3>{title}</h3>
      <Shown items={changes.toSorted((a, b) => (a.scope < b.scope ? -1 : 1))}>
        {({ key, scope, note }) => (
          <li key={key}>
            <code>{scope}</code> <span class="muted">{note}</span>
          </li>
        )}
      </Shown>
    </div>
  )
}

function PeopleTable({ people }: { readonly people: readonly ScopeChange[] }) {
  if (people.length === 0) return null
  const shown = people.slice(0, SHOWN_MAX)
  return (
    <div>
      <h3>Who gains and who loses</h3>
      <Table
        caption="People whose access changes"
        rows={shown}
        keyOf={({ scope }) => scope}
        columns={[
          { label: 'Scope', cell: ({ scope }) => <code class="scope">{scope}</code> },
          { label: 'Gain access', cell: ({ gain }) => <Names people={gain} /> },
          { label: 'Lose access', cell: ({ lose }) => <Names people={lose} /> },
          ...(people.some(({ gainWriting, loseWriting }) => gainWriting.count + loseWriting.count > 0) ? [WRITING] : []),
        ]}
      />
      {people.length > shown.length ? (
        <p class="muted">{`and ${(people.length - shown.length).toLocaleString('en')} more scopes`}</p>
      ) : null}
    </div>
  )
}

const WRITING: Column<ScopeChange> = {
  label: 'Writing',
  cell: ({ gainWriting, loseWriting }) => (
    <>
      <Names people={gainWriting} label=" may write now" />
      <Names people={loseWriting} label=" may only read now" />
    </>
  ),
}

const NAMES_MAX = 8

function Names({ people: { count: total, userNames }, label }: { readonly people: People; readonly label?: string }) {
  if (total === 0) return label === undefined ? <span class="muted">nobody</span> : null
  const shown = userNames.slice(0, NAMES_MAX)
  return (
    <p>
      <strong>{total.toLocaleString('en') + (label ?? '')}</strong>
      <span class="muted small">{`: ${shown.join(', ')}${total > shown.length ? ` and ${(total - shown.length).toLocaleString('en')} more` : ''}`}</span>
    </p>
  )
}
