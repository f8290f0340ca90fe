// PATCH remove by kind of target (RFC 7644 section 3.5.2.2).
import { ENTERPRISE_USER_URN } from '../../src/client/client.ts'
import type { Feature } from '../check.ts'
import { EMPTY } from '../expect.ts'
import { MUTABILITY, patchCheck, type PatchCase } from '../patch-check.ts'

const MUTABLE =
  'RFC 7644 §3.5.2.2: If an attribute is removed or becomes unassigned and is defined as a required attribute or a read-only attribute, the server SHALL return an HTTP response status code and a JSON detail error response … with a "scimType" error code of "mutability".'
const work = { value: 'work@c.example', type: 'work' }
const home = { value: 'home@c.example', type: 'home' }

const rows: readonly PatchCase[] = [
  {
    id: 'REM-02',
    level: 'MUST',
    title: 'a single value is unassigned',
    sentence:
      'RFC 7644 §3.5.2.2: If the target location is a single-value attribute, the attribute and its associated value is removed, and the attribute SHALL be considered unassigned.',
    before: { displayName: 'x' },
    operations: [{ op: 'remove', path: 'displayName' }],
    expect: { after: { displayName: null } },
  },
  {
    id: 'REM-02.2',
    level: 'SHOULD',
    title: 'what is not there is removed without a change',
    sentence: 'RFC 7643 §2.5: SHALL be considered to be equivalent in "state".',
    needs: ['User.nickName'],
    operations: [{ op: 'remove', path: 'nickName' }],
    expect: 'unchanged',
  },
  {
    id: 'REM-03',
    level: 'MUST',
    title: 'a multi-valued attribute without a filter loses all values',
    sentence:
      'RFC 7644 §3.5.2.2: If the target location is a multi-valued attribute and no filter is specified, the attribute and all values are removed, and the attribute SHALL be considered unassigned.',
    needs: ['User.emails'],
    before: { emails: [work, home] },
    operations: [{ op: 'remove', path: 'emails' }],
    expect: { after: { emails: EMPTY } },
  },
  {
    id: 'REM-03.2',
    level: 'MUST',
    title: 'a group loses all members',
    sentence: 'RFC 7644 §3.5.2.2: the attribute and all values are removed, and the attribute SHALL be considered unassigned.',
    needs: ['Group.members'],
    on: 'group',
    before: (a, b) => ({ members: [{ value: a }, { value: b }] }),
    operations: [{ op: 'remove', path: 'members' }],
    expect: { after: { members: EMPTY } },
  },
  {
    id: 'REM-04',
    level: 'MUST',
    title: 'a filter removes the values it matches',
    sentence:
      'RFC 7644 §3.5.2.2: If the target location is a multi-valued attribute and a complex filter is specified comparing a "value", the values matched by the filter are removed.',
    needs: ['Group.members'],
    on: 'group',
    before: (a, b) => ({ members: [{ value: a }, { value: b }] }),
    operations: (a) => [{ op: 'remove', path: `members[value eq "${a}"]` }],
    expect: { after: (_a, b) => ({ members: [{ value: b }] }) },
  },
  {
    id: 'REM-04.2',
    level: 'MUST',
    title: 'when no value is left the attribute is unassigned',
    sentence:
      'RFC 7644 §3.5.2.2: If no other values remain after removal of the selected values, the multi-valued attribute SHALL be considered unassigned.',
    needs: ['User.emails'],
    before: { emails: [work] },
    operations: [{ op: 'remove', path: 'emails[type eq "work"]' }],
    expect: { after: { emails: EMPTY } },
  },
  {
    id: 'REM-05',
    level: 'MUST',
    title: 'a filter over sub-attributes removes the elements it matches',
    sentence: 'RFC 7644 §3.5.2.2: the matching records are removed.',
    needs: ['User.emails'],
    before: { emails: [work, home, { value: 'second@d.example', type: 'work' }] },
    operations: [{ op: 'remove', path: 'emails[type eq "work" and value ew "c.example"]' }],
    expect: { after: { emails: [home, { value: 'second@d.example', type: 'work' }] } },
  },
  {
    id: 'REM-05.2',
    level: 'MUST',
    title: 'a sub-attribute of the matches is removed, the elements stay',
    sentence: 'RFC 7644 §3.5.2.2: Sub-attributes whose values have been removed SHALL be considered unassigned.',
    needs: ['User.emails.display'],
    before: {
      emails: [
        { ...work, display: 'W' },
        { ...home, display: 'H' },
      ],
    },
    operations: [{ op: 'remove', path: 'emails[type eq "work"].display' }],
    expect: {
      after: {
        emails: [
          { ...work, display: null },
          { ...home, display: 'H' },
        ],
      },
    },
  },
  {
    id: 'REM-06',
    level: 'SHOULD',
    title: 'removing somebody who is no member succeeds without a change',
    sentence: 'RFC 7644 §3.5.2.2: If the user was already removed or was never a member, the operation makes no changes and succeeds.',
    needs: ['Group.members'],
    on: 'group',
    before: (a) => ({ members: [{ value: a }] }),
    operations: (_a, b) => [{ op: 'remove', path: `members[value eq "${b}"]` }],
    expect: 'unchanged',
  },
  {
    id: 'REM-07',
    level: 'MUST',
    title: 'userName cannot be removed',
    sentence: MUTABLE,
    operations: [{ op: 'remove', path: 'userName' }],
    expect: MUTABILITY,
  },
  {
    id: 'REM-07.2',
    level: 'MUST',
    title: 'displayName of a group cannot be removed',
    sentence: MUTABLE,
    needs: ['Group'],
    on: 'group',
    operations: [{ op: 'remove', path: 'displayName' }],
    expect: MUTABILITY,
  },
  {
    id: 'REM-07.3',
    level: 'MUST',
    title: 'id cannot be removed',
    sentence: MUTABLE,
    operations: [{ op: 'remove', path: 'id' }],
    expect: MUTABILITY,
  },
  {
    id: 'REM-07.4',
    level: 'MUST',
    title: 'meta cannot be removed',
    sentence: MUTABLE,
    operations: [{ op: 'remove', path: 'meta' }],
    expect: MUTABILITY,
  },
  {
    id: 'REM-08',
    level: 'MUST',
    title: 'a sub-attribute goes alone',
    sentence: 'RFC 7644 §3.5.2.2: the attribute and its associated value is removed, and the attribute SHALL be considered unassigned.',
    needs: ['User.name'],
    before: { name: { givenName: 'Ada', middleName: 'A', familyName: 'Byron' } },
    operations: [{ op: 'remove', path: 'name.middleName' }],
    expect: { after: { name: { givenName: 'Ada', middleName: null, familyName: 'Byron' } } },
  },
  {
    id: 'REM-08.2',
    level: 'MUST',
    title: 'a complex attribute goes as a whole',
    sentence: 'RFC 7644 §3.5.2.2: the attribute and its associated value is removed, and the attribute SHALL be considered unassigned.',
    needs: ['User.name'],
    before: { name: { givenName: 'Ada', familyName: 'Byron' } },
    operations: [{ op: 'remove', path: 'name' }],
    expect: { after: { name: null } },
  },
  {
    id: 'REM-09',
    level: 'MUST',
    title: 'an extension attribute is removed through its URN',
    sentence:
      'RFC 7644 §3.10: SHOULD fully qualify extended attributes with the associated schema extension URN to avoid naming conflicts.',
    needs: ['Enterprise.department', 'Enterprise.employeeNumber'],
    before: { [ENTERPRISE_USER_URN]: { department: 'Tools', employeeNumber: '7' } },
    operations: [{ op: 'remove', path: `${ENTERPRISE_USER_URN}:department` }],
    expect: { after: { [ENTERPRISE_USER_URN]: { department: null, employeeNumber: '7' } } },
  },
  {
    id: 'REM-09.2',
    level: 'SHOULD',
    title: 'the whole extension is removed through its URN',
    sentence:
      'RFC 7644 §3.10: SHOULD fully qualify extended attributes with the associated schema extension URN to avoid naming conflicts.',
    needs: ['Enterprise.department'],
    before: { [ENTERPRISE_USER_URN]: { department: 'Tools' } },
    operations: [{ op: 'remove', path: ENTERPRISE_USER_URN }],
    expect: { after: { [ENTERPRISE_USER_URN]: null } },
  },
  {
    id: 'PMX-17-remove',
    level: 'SHOULD',
    title: 'a filter that matches nothing removes nothing and succeeds',
    sentence: 'RFC 7644 §3.5.2.2: the operation makes no changes and succeeds.',
    needs: ['User.emails'],
    before: { emails: [work] },
    operations: [{ op: 'remove', path: 'emails[type eq "other"]' }],
    expect: 'unchanged',
  },
  {
    id: 'PMX-18-remove',
    level: 'MUST',
    title: 'members can be matched by more than their value',
    sentence: 'RFC 7644 §3.5.2.2: the values matched by the filter are removed.',
    needs: ['Group.members'],
    on: 'group',
    before: (a, b) => ({ members: [{ value: a }, { value: b }] }),
    operations: (a, b) => [{ op: 'remove', path: `members[value eq "${a}" or value eq "${b}"]` }],
    expect: { after: { members: EMPTY } },
  },
  {
    id: 'PMX-23-remove',
    level: 'MUST',
    title: 'groups of a user cannot be removed',
    sentence: MUTABLE,
    needs: ['User.groups'],
    operations: [{ op: 'remove', path: 'groups' }],
    expect: MUTABILITY,
  },
  {
    id: 'PMX-30-remove',
    level: 'MUST',
    title: 'an attribute that the schema lacks is refused',
    sentence: 'RFC 7644 §3.12: The "path" attribute was invalid or malformed (see Figure 7).',
    operations: [{ op: 'remove', path: 'nothingOfTheKind' }],
    expect: { refused: 400, scimTypes: ['invalidPath', 'noTarget'] },
  },
]

export const patchRemove: Feature = { name: 'patch-remove', needs: ['patch'], checks: rows.map(patchCheck) }
