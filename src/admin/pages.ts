// The table of the admin pages.
import type { Page } from '../web/pages.ts'
import type { MemberVisit } from '../web/visit.ts'
import { auditExportPage } from './audit/export.ts'
import { auditPage } from './audit/list.tsx'
import { groupPages } from './groups/pages.ts'
import { overviewPage } from './overview.tsx'
import { userPages } from './users/pages.ts'

export const adminPages: readonly Page<MemberVisit>[] = [overviewPage, ...userPages, ...groupPages, auditPage, auditExportPage]
