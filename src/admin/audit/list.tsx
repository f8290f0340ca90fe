// /admin/audit: what happened, by any filter, newest first; with a request id, everything that one request did.
import { parseAuditFilter } from '../../audit/filter.ts'
import { type Kind, readKinds } from '../../audit/kinds.ts'
import { type AuditPage, type AuditSearch, REACH_MAX, searchAudit } from '../../audit/search.ts'
import { isCountedSlowly, readTimeline } from '../../audit/timeline.ts'
import { type Named, readNames } from '../../directory/names.ts'
import { resolveAuditNames } from '../../lifecycle/audit-names.ts'
import { LinkButton } from '../../web/components/button.tsx'
import { Card, Empty, Facts } from '../../web/components/card.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Pager } from '../../web/components/pager.tsx'
import { exactTime, Time } from '../../web/components/time.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { AUDIT_PATH, auditHref, type Fields, fieldsOf, positionOf, reachOf } from './address.ts'
import { EXPORT_PATH } from './export.ts'
import { Chips, FilterForm, type FilterFormProps } from './filter-form.tsx'
import { AuditRows, idsIn } from './rows.tsx'
import { countedMax, TimelineCard, type TimelineCardProps } from './timeline.tsx'
import { actorInWords, channelInWords } from './words.ts'

const ROWS_SHOWN = 50

export const auditPage = page(AUDIT_PATH, {
  async show(visit: MemberVisit) {
    const model = await load(visit)
    const title = model.fields.request_id === undefined ? 'Audit log' : 'One request'
    return render(visit, { title }, <AuditView visit={visit} {...model} />)
  },
})

type Model = FilterFormProps & {
  readonly found: AuditPage
  readonly names: ReadonlyMap<string, Named>
  readonly timeline: TimelineCardProps['timeline']
  readonly reach: number
  readonly isFirstPage: boolean
}

async function load({ work, principal: { orgId }, query, clock }: MemberVisit): Promise<Model> {
  const now = clock.now()
  const fields = fieldsOf(query)
  const { filter, problems } = parseAuditFilter((field) => fields[field], now)
  const [kinds, search] = await Promise.all([readKinds(work, orgId), resolveAuditNames(work, orgId, filter)])
  const before = positionOf(query)
  const reach = Math.min(reachOf(query), REACH_MAX)
  // What cannot be understood finds nothing, rather than more than was meant.
  const understood = Object.keys(problems).length === 0
  const found = understood ? await searchAudit(work, orgId, { search, page: { before, limit: ROWS_SHOWN, reach }, kinds }) : NOTHING
  const wanted = understood && before === undefined && fields.request_id === undefined
  const timeline = wanted ? await countOver(work, orgId, { search, kinds, now, all: query.get('timeline') === 'all' }) : undefined
  const names = await readNames(work, orgId, idsIn(found.rows))
  return { fields, problems, kinds, found, names, timeline, reach, isFirstPage: before === undefined }
}

const NOTHING: AuditPage = { rows: [], next: undefined, searchedBackTo: undefined }

type Counting = { readonly search: AuditSearch; readonly kinds: readonly Kind[]; readonly now: Date; readonly all: boolean }

async function countOver(work: MemberVisit['work'], orgId: string, { search, kinds, now, all }: Counting): Promise<Model['timeline']> {
  const slowly = isCountedSlowly(search)
  if (slowly && !all) return 'slow'
  return readTimeline(work, orgId, { search, now, kinds, rowsMax: countedMax({ all, slowly }) })
}

function AuditView({ visit, ...model }: Model & { readonly visit: MemberVisit }) {
  const { fields, problems, kinds, found, names, timeline, isFirstPage } = model
  const isRequest = fields.request_id !== undefined
  return (
    <Layout
      visit={visit}
      title={isRequest ? 'One request' : 'Audit log'}
      lead={
        isRequest
          ? 'Everything that one request did, in the order it happened.'
          : 'Who did what, when, and with which outcome. Nobody can change it.'
      }
      {...(isRequest ? { trail: [{ href: AUDIT_PATH, label: 'Audit log' }] } : {})}
      actions={<Exports fields={fields} />}
    >
      {isRequest ? (
        <RequestFacts found={found} requestId={fields.request_id ?? ''} />
      ) : (
        <FilterForm fields={fields} problems={problems} kinds={kinds} />
      )}
      {isRequest ? null : <Chips fields={fields} />}
      {timeline === 'slow' && found.rows.length === 0 ? null : <TimelineCard fields={fields} timeline={timeline} />}
      {found.rows.length === 0 ? null : (
        <Card>
          <AuditRows rows={isRequest ? found.rows.toReversed() : found.rows} names={names} whole={isRequest} />
        </Card>
      )}
      <Rest {...model} />
      {found.searchedBackTo === undefined ? (
        <Pager
          shown={found.rows.length}
          firstHref={isFirstPage ? undefined : auditHref(fields)}
          nextHref={found.next === undefined ? undefined : auditHref(fields, { before: found.next })}
        />
      ) : null}
    </Layout>
  )
}

function Exports({ fields }: { readonly fields: Fields }) {
  return (
    <>
      <LinkButton href={auditHref(fields, { format: 'csv' }, EXPORT_PATH)} icon="download" download>
        CSV
      </LinkButton>
      <LinkButton href={auditHref(fields, { format: 'ndjson' }, EXPORT_PATH)} icon="download" download>
        NDJSON
      </LinkButton>
    </>
  )
}

/** What every row of the request shares. */
function RequestFacts({ found, requestId }: { readonly found: AuditPage; readonly requestId: string }) {
  const first = found.rows.at(-1)
  const facts = [
    { term: 'Request id', value: <code>{requestId}</code> },
    ...(first === undefined
      ? []
      : [
          { term: 'By', value: actorInWords(first.actor) },
          { term: 'Through', value: channelInWords(first.channel) },
          { term: 'When', value: <Time at={first.ts} exact /> },
          ...(first.ip === null ? [] : [{ term: 'From', value: <code>{first.ip}</code> }]),
          ...(first.userAgent === null ? [] : [{ term: 'Client', value: first.userAgent }]),
        ]),
  ]
  return (
    <Card>
      <Facts facts={facts} />
    </Card>
  )
}

/** Where the rows end: nothing found, or not searched any further. */
function Rest({ found, fields, reach, problems, isFirstPage }: Model) {
  if (Object.keys(problems).length > 0) {
    return (
      <Callout tone="warn" title="The filter could not be understood">
        <p>Correct what is marked above; until then nothing is shown.</p>
      </Callout>
    )
  }
  if (found.searchedBackTo !== undefined && found.next !== undefined) {
    const many = found.rows.length === 0 ? 'Nothing found' : `${found.rows.length} found`
    return (
      <Callout tone="info" title={`${many} back to ${exactTime(found.searchedBackTo)}`}>
        <p>This filter has to be looked for row by row. Older rows have not been looked at yet.</p>
        <p class="row">
          <LinkButton href={auditHref(fields, { before: found.next, reach: reach + 1 })} icon="search">
            Search further back
          </LinkButton>
          {isFirstPage ? null : <a href={auditHref(fields)}>Back to the newest</a>}
        </p>
      </Callout>
    )
  }
  if (found.rows.length > 0) return null
  return (
    <Card>
      <Empty icon="audit" title={isFirstPage ? 'Nothing found' : 'No more rows'}>
        <p>
          {Object.keys(fields).length === 0
            ? 'What happens from now on is listed here.'
            : 'No row matches the filter. Take a part of it away to see more.'}
        </p>
      </Empty>
    </Card>
  )
}
