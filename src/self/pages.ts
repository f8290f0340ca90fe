// The table of the pages that are about whoever looks at them.
import type { Page } from '../web/pages.ts'
import type { MemberVisit } from '../web/visit.ts'
import { accessPage } from './access.tsx'
import { apiKeysPage, revokeKeyAction } from './api-keys.tsx'
import { changePasswordAction, securityPage } from './security.tsx'
import type { SelfServices } from './services.ts'
import { endSessionAction, endSessionsAction, sessionsPage } from './sessions.tsx'
import { signOutAction } from './sign-out.ts'
import { disableTotpAction, renewCodesAction, totpPage } from './totp.tsx'
import { whyPage } from './why.tsx'

export const selfPages = (services: SelfServices): readonly Page<MemberVisit>[] => [
  accessPage,
  whyPage,
  apiKeysPage,
  revokeKeyAction,
  sessionsPage,
  endSessionsAction,
  endSessionAction,
  securityPage,
  changePasswordAction(services),
  totpPage(services),
  renewCodesAction(services),
  disableTotpAction(services),
  signOutAction,
]
