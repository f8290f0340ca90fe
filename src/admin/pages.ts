// The table of the admin pages.
import type { Page } from '../web/pages.ts'
import type { MemberVisit } from '../web/visit.ts'
import { auditExportPage } from './audit/export.ts'
import { auditPage } from './audit/list.tsx'
import { groupPages } from './groups/pages.ts'
import { groupPage, groupRoleAction } from './idp-groups/group.tsx'
import { groupsPage } from './idp-groups/groups.tsx'
import { rulesPage } from './idp-groups/rules.tsx'
import { switchPage } from './idp-groups/switch.tsx'
import { overviewPage } from './overview/overview.tsx'
import { progressPart } from './setup/progress.tsx'
import { setupPage } from './setup/setup.tsx'
import { newTokenPage } from './tokens/new-token.tsx'
import { rotateTokenPage } from './tokens/rotate.tsx'
import { revokeTokenAction, tokenPage } from './tokens/token.tsx'
import { tokensPage } from './tokens/tokens.tsx'
import { userPages } from './users/pages.ts'
import { passwordAction, type PasswordServices } from './users/password.tsx'

export const adminPages = (services: PasswordServices): readonly Page<MemberVisit>[] => [
  overviewPage,
  setupPage,
  progressPart,
  tokensPage,
  newTokenPage,
  tokenPage,
  rotateTokenPage,
  revokeTokenAction,
  groupsPage,
  rulesPage,
  switchPage,
  groupPage,
  groupRoleAction,
  ...userPages,
  passwordAction(services),
  ...groupPages,
  auditPage,
  auditExportPage,
]
