// Where in a request a value stands and how it is to be read: what every step of parsing a value hands to the next.
import { excerpt, invalidValue, type ScimError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Profile } from '../patch/profile.ts'

export type ValueOptions = {
  /** Where the value stands, for the detail of an error: `emails`. */
  readonly where: string
  readonly limits: Limits
  readonly profile: Profile
  /** Gets the names of the tolerances used. */
  readonly compat: Set<string>
  /**
   * Set for values of PATCH and for clients of profile entra: booleans may then come as strings, numbers instead of strings, and
   * a single simple value in an array (compat-decisions 4, idp-wire P4).
   */
  readonly lenient: boolean
}

/** A linked path, so that its text costs nothing until an error needs it. */
export type Place = { readonly options: ValueOptions; readonly parent: Place | undefined; readonly step: string | number }

/** The path as text: `emails[2].value`. */
export function printPlace({ parent, step }: Place): string {
  if (parent === undefined) return String(step)
  return typeof step === 'number' ? `${printPlace(parent)}[${step}]` : `${printPlace(parent)}.${step}`
}

/** The refusal of the value that stands here; `problem` goes on after its name. */
export function refuse(place: Place, problem: string): ScimError {
  return invalidValue(`\`${printPlace(place)}\` ${problem}.`)
}

const UNKNOWN = 'unknown-attribute:'
const UNKNOWN_NAMES_MAX = 20
const NAME_LENGTH_MAX = 60

/** Remembers that an attribute was dropped because the schema lacks it (idp-wire RC-23). A request gets a bounded number of these. */
export function noteUnknown(compat: Set<string>, name: string): void {
  const noted = [...compat].filter((tolerance) => tolerance.startsWith(UNKNOWN))
  if (noted.length < UNKNOWN_NAMES_MAX) compat.add(UNKNOWN + excerpt(name, NAME_LENGTH_MAX))
}
