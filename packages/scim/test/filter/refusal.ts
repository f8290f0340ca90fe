import { expect } from 'vitest'
import { ScimError, type ScimType } from '../../src/errors.ts'

/** The detail of the 400 that an action is refused with; fails the test when it is not refused, or refused as something else. */
export function refusal(scimType: ScimType, action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof ScimError && error.status === 400 && error.scimType === scimType) {
      return error.message
    }
    throw error
  }
  return expect.fail('the action was not refused')
}
