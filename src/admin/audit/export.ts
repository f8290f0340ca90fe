// /admin/audit/export: the rows of a filter as a file, sent as they are read.
import { EXPORT_FORMATS, type ExportFormat, exportAudit } from '../../audit/export.ts'
import { parseAuditFilter } from '../../audit/filter.ts'
import { HttpError } from '../../http/message.ts'
import { resolveAuditNames } from '../../lifecycle/audit-names.ts'
import { page } from '../../web/pages.ts'
import type { MemberVisit } from '../../web/visit.ts'
import { AUDIT_PATH, fieldsOf } from './address.ts'

export const EXPORT_PATH = `${AUDIT_PATH}/export`

const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
  json: 'application/json; charset=utf-8',
}

export const auditExportPage = page('/admin/audit/export', {
  async show({ work, context, query, clock }: MemberVisit) {
    const format = EXPORT_FORMATS.find((name) => name === (query.get('format') ?? 'csv'))
    if (format === undefined)
      throw new HttpError({ status: 400, detail: `An export is in one of the formats ${EXPORT_FORMATS.join(', ')}.` })
    const now = clock.now()
    const fields = fieldsOf(query)
    const { filter, problems } = parseAuditFilter((field) => fields[field], now)
    const [problem] = Object.entries(problems)
    if (problem !== undefined)
      throw new HttpError({ status: 400, detail: `The filter could not be understood. ${problem[0]}: ${problem[1]}` })
    const search = await resolveAuditNames(work, context.orgId, filter)
    const name = `audit-${context.org}-${now.toISOString().slice(0, 16).replace(/[:T]/g, '-')}.${format}`
    return {
      status: 200,
      headers: {
        'Content-Type': TYPES[format],
        'Content-Disposition': `attachment; filename="${name}"`,
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      },
      body: exportAudit(work, context, { format, filter, search, now }),
    }
  },
})
