// Members of a group: changed by steps, never loaded (RFC 7643 section 4.2, RFC 7644 section 3.5.2).
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/json.ts'
import { joinSteps } from '../../src/patch/steps.ts'
import type { CollectionStep } from '../../src/resource/change.ts'
import { GROUP_RESOURCE_TYPE } from '../../src/schema/core.ts'
import { GROUP_URN } from '../../src/urns.ts'
import { group, refused, run } from './run-patch.ts'

const onGroup = { resourceType: GROUP_RESOURCE_TYPE }
const steps = (...operations: readonly Json[]) => run(group(), operations, onGroup).steps
const add = (...values: readonly string[]) => ({ kind: 'add', attribute: 'members', elements: values.map((value) => ({ value })) })
const set = (...values: readonly string[]) => ({ kind: 'set', attribute: 'members', elements: values.map((value) => ({ value })) })
const remove = (...values: readonly string[]) => ({ kind: 'remove', attribute: 'members', values })
const list = (...values: readonly string[]) => values.map((value) => ({ value }))

describe('operations on members', () => {
  test.each<[string, JsonObject, readonly Json[]]>([
    ['add takes an array [ADD-05 GRP-03]', { op: 'add', path: 'members', value: list('U1', 'U2') }, [add('U1', 'U2')]],
    ['add takes one object [ADD-05]', { op: 'add', path: 'members', value: { value: 'U1' } }, [add('U1')]],
    ['add of no members changes nothing', { op: 'add', path: 'members', value: [] }, []],
    [
      'add keeps what describes a member, nulls left out [EN-39]',
      { op: 'add', path: 'members', value: [{ $ref: null, value: 'U1', display: 'Alice', type: 'User' }] },
      [{ kind: 'add', attribute: 'members', elements: [{ value: 'U1', type: 'User', display: 'Alice' }] }],
    ],
    ['add names a member twice, and adds it once [ADD-06]', { op: 'add', path: 'members', value: list('U1', 'U1') }, [add('U1')]],
    ['add without path [ADD-02]', { op: 'add', value: { MEMBERS: list('U1') } }, [add('U1')]],
    [
      'add takes an id in an array of one, as any value may be [OR-2]',
      { op: 'add', path: 'members', value: [{ value: ['U1'] }] },
      [add('U1')],
    ],
    ['replace sets all [REP-02 REP-11 GRP-03]', { op: 'replace', path: 'members', value: list('U1') }, [set('U1')]],
    ['replace with one object sets one', { op: 'replace', path: 'members', value: { value: 'U1' } }, [set('U1')]],
    ['replace with an empty list removes all [REP-08 OK-40 E7]', { op: 'replace', path: 'members', value: [] }, [set()]],
    ['replace with null removes all [EN-32]', { op: 'replace', path: 'members', value: null }, [set()]],
    ['replace without path sets all [OK-40]', { op: 'replace', value: { members: list('U1') } }, [set('U1')]],
    ['remove takes all [REM-03]', { op: 'remove', path: 'members' }, [set()]],
    ['remove with null takes all [KC-3]', { op: 'remove', path: 'members', value: null }, [set()]],
    [
      'remove with a list takes those listed [EN-40 AU-6 E6]',
      { op: 'remove', path: 'members', value: list('U1', 'U2', 'U1') },
      [remove('U1', 'U2')],
    ],
    ['remove with one object takes that one [SF-1]', { op: 'remove', path: 'members', value: { value: 'U1' } }, [remove('U1')]],
    [
      'remove with a nested list takes those listed [SF-1]',
      { op: 'remove', path: 'members', value: { Members: list('U1') } },
      [remove('U1')],
    ],
    ['remove with bare ids takes those listed', { op: 'remove', path: 'members', value: ['U1', 'U2'] }, [remove('U1', 'U2')]],
    [
      'remove looks at the value alone [EN-40]',
      { op: 'remove', path: 'members', value: [{ $ref: null, display: 'other', type: 'Group', VALUE: 'U1' }] },
      [remove('U1')],
    ],
    ['remove with an empty list takes none [E6]', { op: 'remove', path: 'members', value: [] }, []],
    ['remove with an empty nested list takes none', { op: 'remove', path: 'members', value: { members: [] } }, []],
    ['remove with a nested null takes none', { op: 'remove', path: 'members', value: { members: null } }, []],
    ['remove with an empty text takes none', { op: 'remove', path: 'members', value: '' }, []],
    ['remove through a filter on value takes one [REM-04 OK-39]', { op: 'remove', path: 'members[value eq "U1"]' }, [remove('U1')]],
    ['remove through a filter without a blank before the quote [REM-04]', { op: 'remove', path: 'members[value eq"U1"]' }, [remove('U1')]],
    [
      'remove through a filter on several values takes them',
      { op: 'remove', path: 'members[value eq "U1" or (value eq "U2" or VALUE EQ "U3")]' },
      [remove('U1', 'U2', 'U3')],
    ],
    [
      'remove through a filter beside which a value stands takes what the filter says',
      { op: 'remove', path: 'members[value eq "U1"]', value: list('U2') },
      [remove('U1')],
    ],
    ['add through a filter on value adds that one [ZZ-2]', { op: 'add', path: 'members[value eq "U1"]' }, [add('U1')]],
    [
      'add through a filter takes what describes the member',
      { op: 'add', path: 'members[value eq "U1" and type eq "User"]', value: { display: 'Alice' } },
      [{ kind: 'add', attribute: 'members', elements: [{ value: 'U1', type: 'User', display: 'Alice' }] }],
    ],
    ['add through a filter takes the member once more', { op: 'add', path: 'members[value eq "U1"]', value: list('U1') }, [add('U1')]],
    ['a path with the URN of the schema is the same', { op: 'remove', path: `${GROUP_URN}:members[value eq "U1"]` }, [remove('U1')]],
    ['a path in capitals is the same [PAT-20]', { op: 'REMOVE', path: 'MEMBERS[VALUE EQ "U1"]' }, [remove('U1')]],
  ])('%s', (_, operation, expected) => {
    expect(steps(operation)).toEqual(expected)
  })

  test.each([
    'members[type eq "Group"]',
    'members[value sw "U"]',
    'members[not (value eq "U1")]',
    'members[value eq "U1" and type eq "User"]',
    'members[$ref ew "/Users/U1"]',
    'members[value eq "U1" or display eq "x"]',
  ])('remove through any other filter is left to the store: %s [REM-05 JSN-22]', (path) => {
    expect(steps({ op: 'remove', path })).toMatchObject([{ kind: 'removeWhere', attribute: 'members', filter: {} }])
  })

  test.each<[string, JsonObject, string]>([
    [
      'a sub-attribute behind a filter [GRP-03 REP-11 D4]',
      { op: 'replace', path: 'members[value eq "U1"].type', value: 'Group' },
      '400 mutability',
    ],
    ['the value behind a filter [GRP-03 D4]', { op: 'replace', path: 'members[value eq "U1"].value', value: 'U2' }, '400 mutability'],
    ['an element behind a filter [GRP-03]', { op: 'replace', path: 'members[value eq "U1"]', value: { value: 'U2' } }, '400 mutability'],
    ['a display behind a filter', { op: 'add', path: 'members[value eq "U1"].display', value: 'Alice' }, '400 mutability'],
    ['the removal of a sub-attribute behind a filter', { op: 'remove', path: 'members[value eq "U1"].display' }, '400 mutability'],
    ['a sub-attribute of every member', { op: 'replace', path: 'members.type', value: 'Group' }, '400 mutability'],
    ['the removal of a sub-attribute of every member', { op: 'remove', path: 'members.display' }, '400 mutability'],
    [
      'an addition by another filter than on value',
      { op: 'add', path: 'members[type eq "User"]', value: { value: 'U1' } },
      '400 mutability',
    ],
    ['an addition that contradicts its filter', { op: 'add', path: 'members[value eq "U1"]', value: { value: 'U2' } }, '400 invalidValue'],
    [
      'an addition of more than its filter names',
      { op: 'add', path: 'members[value eq "U1"]', value: list('U1', 'U2') },
      '400 invalidValue',
    ],
    ['a member without value', { op: 'add', path: 'members', value: [{ display: 'Alice' }] }, '400 invalidValue'],
    ['a member whose value is no text', { op: 'add', path: 'members', value: [{ value: true }] }, '400 invalidValue'],
    ['an overwrite by nothing but members without value', { op: 'replace', path: 'members', value: [{}] }, '400 invalidValue'],
    ['an addition without value', { op: 'add', path: 'members' }, '400 invalidValue'],
    ['an addition of null', { op: 'add', path: 'members', value: null }, '400 invalidValue'],
    ['an overwrite without value', { op: 'replace', path: 'members' }, '400 invalidValue'],
    [
      'a removal that lists a member without value [E6]',
      { op: 'remove', path: 'members', value: [{ display: 'Alice' }] },
      '400 invalidValue',
    ],
    ['a removal that lists null [E6]', { op: 'remove', path: 'members', value: [null] }, '400 invalidValue'],
    ['a removal that lists an empty object [E6]', { op: 'remove', path: 'members', value: {} }, '400 invalidValue'],
    ['a removal that lists a number', { op: 'remove', path: 'members', value: [1] }, '400 invalidValue'],
    ['an unknown sub-attribute in the filter', { op: 'remove', path: 'members[id eq "U1"]' }, '400 invalidFilter'],
  ])('refuse %s', (_, operation, expected) => {
    expect(refused(() => steps(operation)).status).toBe(expected)
  })

  test('run in order beside those on the group itself [PAT-11]', () => {
    const outcome = run(
      group(),
      [
        { op: 'remove', path: 'members[type eq "Group"]' },
        { op: 'replace', path: 'displayName', value: 'platform' },
        { op: 'add', path: 'members', value: list('U1') },
      ],
      onGroup,
    )
    expect(outcome.resource).toEqual(group('platform'))
    expect(outcome.steps).toMatchObject([{ kind: 'removeWhere' }, add('U1')])
  })

  test('are refused together with those on the group itself [PAT-13 PAT-14]', () => {
    const operations = [
      { op: 'add', path: 'members', value: list('U1') },
      { op: 'replace', path: 'id', value: 'G2' },
    ]
    expect(refused(() => run(group(), operations, onGroup)).status).toBe('400 mutability')
  })
})

describe('steps of one request', () => {
  test.each<[string, readonly Json[], readonly Json[]]>([
    [
      'remove all, then add, sets them, so that nobody who stays is removed [PAT-11]',
      [
        { op: 'remove', path: 'members' },
        { op: 'add', path: 'members', value: list('U1', 'U2') },
      ],
      [set('U1', 'U2')],
    ],
    [
      'additions become one [AU-6]',
      [
        { op: 'add', path: 'members', value: list('U1') },
        { op: 'add', path: 'members', value: list('U2') },
      ],
      [add('U1', 'U2')],
    ],
    [
      'removals become one [AU-6]',
      [
        { op: 'remove', path: 'members', value: list('U1') },
        { op: 'remove', path: 'members[value eq "U2"]' },
      ],
      [remove('U1', 'U2')],
    ],
    [
      'add, then remove, removes',
      [
        { op: 'add', path: 'members', value: list('U1', 'U2') },
        { op: 'remove', path: 'members[value eq "U1"]' },
      ],
      [remove('U1'), add('U2')],
    ],
    [
      'remove, then add, adds',
      [
        { op: 'remove', path: 'members[value eq "U1"]' },
        { op: 'add', path: 'members', value: list('U1') },
      ],
      [add('U1')],
    ],
    [
      'set, then remove, sets fewer',
      [
        { op: 'replace', path: 'members', value: list('U1', 'U2') },
        { op: 'remove', path: 'members', value: list('U1') },
      ],
      [set('U2')],
    ],
    [
      'whatever went before is overwritten by set',
      [
        { op: 'add', path: 'members', value: list('U1') },
        { op: 'remove', path: 'members[type eq "x"]' },
        { op: 'replace', path: 'members', value: list('U2') },
      ],
      [set('U2')],
    ],
    [
      'a filter ends what can be joined',
      [
        { op: 'add', path: 'members', value: list('U1') },
        { op: 'remove', path: 'members[display pr]' },
        { op: 'add', path: 'members', value: list('U1') },
      ],
      [add('U1'), { kind: 'removeWhere', attribute: 'members', filter: { kind: 'present', sub: { name: 'display' } } }, add('U1')],
    ],
  ])('%s', (_, operations, expected) => {
    const joined = steps(...operations)
    expect(joined).toMatchObject(expected)
    expect(joined).toHaveLength(expected.length)
  })

  test('on different collections do not meet', () => {
    const on = (attribute: string): CollectionStep => ({ kind: 'remove', attribute, values: ['a'] })
    expect(joinSteps([on('one'), on('two'), on('one')])).toEqual([on('one'), on('two')])
  })
})
