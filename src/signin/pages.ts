// The table of the pages on which people come and go.
import type { Page } from '../web/pages.ts'
import type { Visit } from '../web/visit.ts'
import { newPasswordPage } from './new-password.tsx'
import { oidcCallbackPage, oidcStartPage } from './oidc.tsx'
import { codePage, recoveryPage } from './second-factor.tsx'
import type { SignInServices } from './services.ts'
import { signInPage } from './sign-in.tsx'

export const signInPages = (services: SignInServices): readonly Page<Visit>[] => [
  signInPage(services),
  codePage(services),
  recoveryPage(services),
  newPasswordPage(services),
  oidcStartPage(services),
  oidcCallbackPage(services),
]
