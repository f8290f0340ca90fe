// The table of the pages of single sign-on.
import type { Page } from '../web/pages.ts'
import type { MemberVisit } from '../web/visit.ts'
import { providerActions, providerPage } from './sso-provider.tsx'
import type { SsoServices } from './sso-services.ts'
import { testPage } from './sso-test.ts'
import { ssoPage } from './sso.tsx'

export const ssoPages = (services: SsoServices): readonly Page<MemberVisit>[] => [
  ssoPage,
  providerPage(services),
  ...providerActions,
  testPage(services),
]
