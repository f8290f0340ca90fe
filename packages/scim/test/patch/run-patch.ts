// Runs a PATCH as the provider does: parse, then apply to a frozen resource.
import { expect } from 'vitest'
import { ScimError } from '../../src/errors.ts'
import type { Json, JsonObject } from '../../src/json.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts'
import { applyPatch } from '../../src/patch/apply.ts'
import type { Profile } from '../../src/patch/profile.ts'
import { parsePatch, type PatchOptions, type PatchRequest } from '../../src/patch/request.ts'
import type { Change } from '../../src/resource/change.ts'
import { USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN, GROUP_URN, PATCH_OP_URN, USER_URN } from '../../src/urns.ts'

export type Setup = {
  readonly resourceType?: ResourceType
  readonly profile?: Profile
  readonly limits?: Partial<Limits>
  readonly entraFlag?: boolean
}

export type Outcome = Change & {
  /** The resource afterwards, changed or not. */
  readonly after: JsonObject
  readonly compat: readonly string[]
  readonly request: PatchRequest
}

/** Applies a whole PATCH body to a resource that any attempt to write to would break. */
export function runPatch(before: JsonObject, body: Json, setup: Setup = {}): Outcome {
  const options: PatchOptions = {
    resourceType: setup.resourceType ?? USER_RESOURCE_TYPE,
    profile: setup.profile ?? 'generic',
    compat: new Set(),
    limits: { ...DEFAULT_LIMITS, ...setup.limits },
    entraFlag: setup.entraFlag ?? false,
  }
  const request = parsePatch(deepFreeze(body), options)
  const change = applyPatch(request, deepFreeze(before), options)
  return { ...change, after: change.resource ?? before, compat: [...options.compat].sort(), request }
}

/** Applies operations alone. */
export function run(before: JsonObject, operations: readonly Json[], setup?: Setup): Outcome {
  return runPatch(before, message(operations), setup)
}

/** The refusal as `400 noTarget`, with its detail; fails the test when the request is not refused. */
export function refused(action: () => unknown): { readonly status: string; readonly detail: string } {
  try {
    action()
  } catch (error) {
    if (error instanceof ScimError) {
      return { status: [error.status, error.scimType ?? ''].join(' ').trim(), detail: error.message }
    }
    throw error
  }
  return expect.fail('the request was not refused')
}

export const message = (operations: readonly Json[]): JsonObject => ({ schemas: [PATCH_OP_URN], Operations: operations })

export const user = (attributes: JsonObject = {}): JsonObject => ({
  schemas: [USER_URN],
  id: 'U1',
  userName: 'alice@example.com',
  ...attributes,
})

export const employee = (enterprise: JsonObject, attributes: JsonObject = {}): JsonObject => ({
  ...user(attributes),
  schemas: [USER_URN, ENTERPRISE_USER_URN],
  [ENTERPRISE_USER_URN]: enterprise,
})

export const group = (displayName = 'engineering'): JsonObject => ({ schemas: [GROUP_URN], id: 'G1', displayName })

export function deepFreeze<T extends Json>(json: T): T {
  if (typeof json === 'object' && json !== null) {
    for (const value of Object.values(json)) {
      deepFreeze(value)
    }
    Object.freeze(json)
  }
  return json
}
