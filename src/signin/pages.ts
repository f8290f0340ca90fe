// The table of the pages on which people come and go.
import type { Page } from '../web/pages.ts'
import type { Visit } from '../web/visit.ts'
import { signInPage } from './sign-in.tsx'

export const signInPages: readonly Page<Visit>[] = [signInPage]
