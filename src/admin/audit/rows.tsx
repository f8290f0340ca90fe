// Rows of the audit log as a table: when, what, by whom, on what. Also where a part of the log stands on another page.
import type { AuditRow } from '../../audit/search.ts'
import type { Named } from '../../directory/names.ts'
import { Badge } from '../../web/components/badge.tsx'
import { Icon } from '../../web/components/icon.tsx'
import { Table } from '../../web/components/table.tsx'
import { Time } from '../../web/components/time.tsx'
import type { IconName } from '../../web/icons.ts'
import { auditHref, requestHref } from './address.ts'
import { Changes, tell } from './changes.tsx'
import { actionInWords, actorInWords, actorKey, channelInWords } from './words.ts'

export type RowsProps = {
  readonly rows: readonly AuditRow[]
  readonly names: ReadonlyMap<string, Named>
  /** On a page of one request: everything that a row says, and nothing that all rows share. */
  readonly whole?: boolean
}

export function AuditRows({ rows, names, whole = false }: RowsProps) {
  return (
    <Table
      caption="Audit rows"
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        { label: 'When', cell: (row) => <When row={row} whole={whole} /> },
        { label: 'What', cell: (row) => <What row={row} names={names} whole={whole} /> },
        { label: 'Who', cell: (row) => <Who row={row} /> },
        { label: 'On', cell: (row) => <On row={row} names={names} /> },
      ]}
    />
  )
}

/** All ids in some rows for which a name may be known. */
export function idsIn(rows: readonly AuditRow[]): readonly string[] {
  return rows.flatMap(({ target, payload }) => {
    const { member } = payload
    const memberId = typeof member === 'object' && member !== null && 'id' in member ? member.id : undefined
    return [target.id, payload['account'], memberId].filter((id) => typeof id === 'string')
  })
}

type CellProps = { readonly row: AuditRow }

function When({ row: { ts, requestId }, whole }: CellProps & { readonly whole: boolean }) {
  return (
    <div class="when">
      <Time at={ts} exact />
      {whole || requestId === null ? null : (
        <a class="subtle" href={requestHref(requestId)}>
          whole request
        </a>
      )}
    </div>
  )
}

function What({ row, names, whole }: CellProps & Pick<RowsProps, 'names'> & { readonly whole: boolean }) {
  const { action, outcome, channel, payload } = row
  return (
    <div class="what">
      <p>
        <b>{actionInWords(action)}</b>{' '}
        {outcome === 'success' ? null : <Badge tone={outcome === 'denied' ? 'warn' : 'bad'}>{outcome}</Badge>}
      </p>
      <p class="subtle">
        <code>{action}</code>
        {` · ${channelInWords(channel)}`}
      </p>
      <Changes told={tell(payload)} names={names} whole={whole} />
    </div>
  )
}

const ACTOR_ICONS: Readonly<Record<string, IconName>> = { account: 'person', scim_token: 'connection', cli: 'settings', system: 'settings' }

function Who({ row: { actor } }: CellProps) {
  return (
    <a class="who" href={auditHref({ actor: actorKey(actor) })}>
      <Icon name={ACTOR_ICONS[actor.kind] ?? 'help'} />
      <span>{actorInWords(actor)}</span>
    </a>
  )
}

const KINDS: Readonly<Record<string, string>> = {
  scim_user: 'SCIM user',
  scim_group: 'SCIM group',
  scim_resource: 'SCIM resource',
  scim_token: 'SCIM token',
  api_key: 'API key',
  audit_log: 'audit log',
}

function On({ row: { target }, names }: CellProps & Pick<RowsProps, 'names'>) {
  const named = target.id === undefined ? undefined : names.get(target.id)
  const name = named?.name ?? target.name
  return (
    <div class="on">
      {name === undefined ? null : <p>{named?.accountId == null ? name : <a href={`/admin/users/${named.accountId}`}>{name}</a>}</p>}
      <p class="subtle">
        {KINDS[target.kind] ?? target.kind.replaceAll('_', ' ')}
        {target.id === undefined ? null : (
          <>
            {' '}
            <a class="subtle" href={auditHref({ target: target.id })} aria-label={`${target.id.slice(0, 8)}: all rows about it`}>
              <code>{target.id.slice(0, 8)}</code>
            </a>
          </>
        )}
      </p>
    </div>
  )
}
