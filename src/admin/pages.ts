// The table of the admin pages.
import type { Page } from '../web/pages.ts'
import type { MemberVisit } from '../web/visit.ts'
import { overviewPage } from './overview.tsx'

export const adminPages: readonly Page<MemberVisit>[] = [overviewPage]
