// The table of the pages about people.
import type { Page } from '../../web/pages.ts'
import type { MemberVisit } from '../../web/visit.ts'
import { personAccessPage } from './access.tsx'
import { personActions } from './actions.ts'
import { personCredentialsPage } from './credentials.tsx'
import { deletionPage } from './deletion.tsx'
import { personHistoryPage } from './history.tsx'
import { usersPage } from './list.tsx'
import { newUserPage } from './new.tsx'
import { personPage } from './overview.tsx'
import { receiptPage } from './receipt.tsx'
import { returnerPage } from './returner.tsx'

export const userPages: readonly Page<MemberVisit>[] = [
  usersPage,
  newUserPage,
  personPage,
  personAccessPage,
  personCredentialsPage,
  personHistoryPage,
  receiptPage,
  deletionPage,
  returnerPage,
  ...personActions,
]
