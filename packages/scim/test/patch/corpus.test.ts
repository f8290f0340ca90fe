// The shapes of PATCH that identity providers send (corpus/patch-shapes.json), each with what it must do.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/json.ts'
import type { Profile } from '../../src/patch/profile.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import { refused, runPatch } from './run-patch.ts'

type Shape = {
  readonly id: string
  readonly title: string
  readonly facts: readonly string[]
  readonly profile: Profile
  readonly resourceType: 'User' | 'Group'
  readonly before: JsonObject
  readonly patch: Json
  readonly expect: {
    readonly status: number
    readonly scimType?: string
    /** The resource afterwards; absent when it must not change. */
    readonly after?: JsonObject
    readonly steps?: readonly Json[]
    readonly compat?: readonly string[]
  }
}

const file = path.join(import.meta.dirname, '../../../../corpus/patch-shapes.json')
const shapes = readShapes(JSON.parse(readFileSync(file, 'utf8')))

/** The file belongs to this test, so its form is only asserted. */
function readShapes(json: unknown): readonly Shape[] {
  const isList = (list: unknown): list is readonly Shape[] => Array.isArray(list) && list.length > 0
  return isList(json) ? json : expect.fail('the corpus holds no shapes')
}

describe('the corpus of PATCH shapes', () => {
  test.each(shapes)('$id: $title', ({ profile, resourceType, before, patch, expect: expected }) => {
    const setup = { profile, resourceType: resourceType === 'User' ? USER_RESOURCE_TYPE : GROUP_RESOURCE_TYPE }
    if (expected.status !== 200) {
      expect(refused(() => runPatch(before, patch, setup)).status).toBe(`${expected.status} ${expected.scimType}`)
      return
    }
    const outcome = runPatch(before, patch, setup)
    expect(outcome.resource).toEqual(expected.after)
    expect(outcome.steps).toEqual(expected.steps ?? [])
    expect(outcome.compat).toEqual([...(expected.compat ?? [])].sort())
  })

  test('holds each of the 27 shapes', () => {
    const numbers = new Set(shapes.map(({ id }) => Number(/^P(\d+)/.exec(id)?.[1])))
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 27 }, (_, index) => index + 1))
  })
})
