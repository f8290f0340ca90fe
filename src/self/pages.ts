// The table of the pages that are about whoever looks at them.
import type { Page } from '../web/pages.ts'
import type { MemberVisit } from '../web/visit.ts'
import { accessPage } from './access.tsx'
import { signOutAction } from './sign-out.ts'

export const selfPages: readonly Page<MemberVisit>[] = [accessPage, signOutAction]
