// What a browser keeps while its person is at the identity provider: sealed, for this browser alone, and only for minutes.
import { z } from 'zod'
import { seal, unseal } from '../primitives/seal.ts'
import type { Visit } from './visit.ts'

const KEPT_SECONDS = 10 * 60
const USE = { purpose: 'plur sign-in state', about: '' }

const SCHEMA = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Where the person wanted to go. */
  next: z.string().optional(),
  /** The session of the admin who tries the provider out; nobody is signed in by that. */
  test: z.string().optional(),
  /** Milliseconds of the epoch. */
  at: z.number(),
})

export type SignInState = Readonly<Omit<z.infer<typeof SCHEMA>, 'at'>>

/** The `Set-Cookie` header that keeps it. */
export function keepSignInState({ cookies, clock }: Pick<Visit, 'cookies' | 'clock'>, sealing: Uint8Array, state: SignInState): string {
  const sealed = seal(sealing, USE, JSON.stringify({ ...state, at: clock.now().getTime() }))
  return cookies.set('sign_in', sealed, { maxAgeSeconds: KEPT_SECONDS })
}

/** Undefined when this browser began no sign-in, or too long ago. */
export function readSignInState(
  { cookies, clock, request }: Pick<Visit, 'cookies' | 'clock'> & { readonly request: Pick<Visit['request'], 'header'> },
  sealing: Uint8Array,
): SignInState | undefined {
  const text = unseal(sealing, USE, cookies.read(request, 'sign_in') ?? '')
  if (text === undefined) return undefined
  const { at, ...state } = SCHEMA.parse(JSON.parse(text))
  const age = clock.now().getTime() - at
  return age >= 0 && age <= KEPT_SECONDS * 1000 ? state : undefined
}
