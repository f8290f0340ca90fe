// PATCH replace by kind of target (RFC 7644 section 3.5.2.3).
import { EMPTY, ENTERPRISE_USER_URN } from '../../src/client/client.ts'
import type { Feature } from '../check.ts'
import { BAD_SYNTAX, BAD_VALUE, MUTABILITY, NO_TARGET, patchCheck, type PatchCase } from '../patch-check.ts'

const OTHERS =
  'RFC 7644 §3.5.2.3: If the target location is a complex multi-valued attribute with a value selection filter ("valuePath") and a specific sub-attribute … the matching sub-attribute of all matching records is replaced.'
const work = { value: 'work@c.example', type: 'work' }
const home = { value: 'home@c.example', type: 'home' }

const rows: readonly PatchCase[] = [
  {
    id: 'REP-01',
    level: 'MUST',
    title: 'without a path the named attributes are replaced, the others stay',
    sentence:
      'RFC 7644 §3.5.2.3: In this case, the "value" attribute SHALL contain a list of one or more attributes that are to be replaced.',
    needs: ['User.active'],
    before: { displayName: 'kept', active: true },
    operations: [{ op: 'replace', value: { active: false } }],
    expect: { after: { displayName: 'kept', active: false } },
  },
  {
    id: 'REP-01.2',
    level: 'MUST',
    title: 'without a path a multi-valued attribute is replaced as a whole',
    sentence:
      'RFC 7644 §3.5.2.3: If the target location is a multi-valued attribute and no filter is specified, the attribute and all values are replaced.',
    needs: ['User.emails'],
    before: { emails: [work] },
    operations: [{ op: 'replace', value: { emails: [home] } }],
    expect: { after: { emails: [home] } },
  },
  {
    id: 'REP-01.3',
    level: 'MUST',
    title: 'without a path a value that is no object is refused',
    sentence:
      'RFC 7644 §3.5.2.3: In this case, the "value" attribute SHALL contain a list of one or more attributes that are to be replaced.',
    operations: [{ op: 'replace', value: 'x' }],
    expect: BAD_SYNTAX,
  },
  {
    id: 'REP-02',
    level: 'MUST',
    title: 'a single value is replaced',
    sentence: 'RFC 7644 §3.5.2.3: If the target location is a single-value attribute, the attributes value is replaced.',
    before: { displayName: 'old' },
    operations: [{ op: 'replace', path: 'displayName', value: 'new' }],
    expect: { after: { displayName: 'new' } },
  },
  {
    id: 'REP-02.2',
    level: 'MUST',
    title: 'members are replaced as a whole',
    sentence:
      'RFC 7644 §3.5.2.3: If the target location is a multi-valued attribute and no filter is specified, the attribute and all values are replaced.',
    needs: ['Group.members'],
    on: 'group',
    before: (a) => ({ members: [{ value: a }] }),
    operations: (_a, b) => [{ op: 'replace', path: 'members', value: [{ value: b }] }],
    expect: { after: (_a, b) => ({ members: [{ value: b }] }) },
  },
  {
    id: 'REP-02.3',
    level: 'MUST',
    title: 'an empty array empties',
    sentence: 'RFC 7643 §2.5: an empty array (in the case of a multi-valued attribute) SHALL be considered to be equivalent in "state".',
    needs: ['Group.members'],
    on: 'group',
    before: (a) => ({ members: [{ value: a }] }),
    operations: [{ op: 'replace', path: 'members', value: [] }],
    expect: { after: { members: EMPTY } },
  },
  {
    id: 'REP-03',
    level: 'MUST',
    title: 'what is not there is added',
    sentence:
      'RFC 7644 §3.5.2.3: If the target location path specifies an attribute that does not exist, the service provider SHALL treat the operation as an "add".',
    needs: ['User.nickName'],
    operations: [{ op: 'replace', path: 'nickName', value: 'Babs' }],
    expect: { after: { nickName: 'Babs' } },
  },
  {
    id: 'REP-04',
    level: 'MUST',
    title: 'given sub-attributes are replaced, the others left unchanged',
    sentence:
      'RFC 7644 §3.5.2.3: If the target location specifies a complex attribute, a set of sub-attributes SHALL be specified in the "value" parameter, which replaces any existing values or adds where an attribute did not previously exist. Sub-attributes that are not specified in the "value" parameter are left unchanged.',
    needs: ['User.name'],
    before: { name: { givenName: 'Ada', familyName: 'Byron' } },
    operations: [{ op: 'replace', path: 'name', value: { familyName: 'Lovelace' } }],
    expect: { after: { name: { givenName: 'Ada', familyName: 'Lovelace' } } },
  },
  {
    id: 'REP-05',
    level: 'MUST',
    title: 'elements that a filter matches are replaced by the value',
    sentence:
      'RFC 7644 §3.5.2.3: If the target location is a multi-valued attribute and a value selection ("valuePath") filter is specified that matches one or more values of the multi-valued attribute, then all matching record values SHALL be replaced.',
    needs: ['User.addresses'],
    before: {
      addresses: [
        { type: 'work', streetAddress: 'Old 1', locality: 'Oslo' },
        { type: 'home', locality: 'Bergen' },
      ],
    },
    operations: [{ op: 'replace', path: 'addresses[type eq "work"]', value: { type: 'work', locality: 'Lund' } }],
    expect: {
      after: {
        addresses: [
          { type: 'work', locality: 'Lund', streetAddress: null },
          { type: 'home', locality: 'Bergen' },
        ],
      },
    },
  },
  {
    id: 'REP-06',
    level: 'MUST',
    title: 'a sub-attribute of all matches is replaced',
    sentence: OTHERS,
    needs: ['User.addresses'],
    before: {
      addresses: [
        { type: 'work', streetAddress: 'Old 1', locality: 'Oslo' },
        { type: 'home', streetAddress: 'Other 2' },
      ],
    },
    operations: [{ op: 'replace', path: 'addresses[type eq "work"].streetAddress', value: 'New York 5' }],
    expect: {
      after: {
        addresses: [
          { type: 'work', streetAddress: 'New York 5', locality: 'Oslo' },
          { type: 'home', streetAddress: 'Other 2' },
        ],
      },
    },
  },
  {
    id: 'REP-07',
    level: 'MUST',
    title: 'a filter that matches nothing is noTarget',
    sentence:
      'RFC 7644 §3.5.2.3: If the target location is a multi-valued attribute for which a value selection filter ("valuePath") has been supplied and no record match was made, the service provider SHALL indicate failure by returning HTTP status code 400 and a "scimType" error code of "noTarget".',
    needs: ['User.emails'],
    before: { emails: [work] },
    operations: [{ op: 'replace', path: 'emails[value eq "nobody@c.example"].display', value: 'x' }],
    expect: NO_TARGET,
  },
  {
    id: 'REP-07.2',
    level: 'MUST',
    title: 'a type that nobody has is noTarget',
    sentence:
      'RFC 7644 §3.5.2.3: no record match was made, the service provider SHALL indicate failure by returning HTTP status code 400 and a "scimType" error code of "noTarget".',
    needs: ['User.emails'],
    before: { emails: [work] },
    operations: [{ op: 'replace', path: 'emails[type eq "nonexistent"].value', value: 'x@c.example' }],
    expect: NO_TARGET,
  },
  {
    id: 'REP-08',
    level: 'MUST',
    title: 'null unassigns',
    sentence:
      'RFC 7643 §2.5: Unassigned attributes, the null value, or an empty array (in the case of a multi-valued attribute) SHALL be considered to be equivalent in "state".',
    before: { displayName: 'x' },
    operations: [{ op: 'replace', path: 'displayName', value: null }],
    expect: { after: { displayName: null } },
  },
  {
    id: 'REP-08.2',
    level: 'MUST',
    title: 'null for a required attribute is refused',
    sentence: 'RFC 7643 §4.1.1: Each User MUST include a non-empty userName value.',
    operations: [{ op: 'replace', path: 'userName', value: null }],
    expect: { refused: 400, scimTypes: ['invalidValue', 'mutability'] },
  },
  {
    id: 'REP-08.3',
    level: 'MUST',
    title: 'an empty userName is refused',
    sentence: 'RFC 7643 §4.1.1: Each User MUST include a non-empty userName value.',
    operations: [{ op: 'replace', path: 'userName', value: '' }],
    expect: { refused: 400, scimTypes: ['invalidValue', 'mutability'] },
  },
  {
    id: 'REP-09',
    level: 'MUST',
    title: 'replace without a value is refused',
    sentence:
      'RFC 7644 §3.12: A required value was missing, or the value specified was not compatible with the operation or attribute type',
    operations: [{ op: 'replace', path: 'displayName' }],
    expect: BAD_SYNTAX,
  },
  {
    id: 'REP-10',
    level: 'SHOULD',
    title: 'the same value again does not move lastModified',
    sentence:
      'RFC 7643 §3.1: lastModified The most recent DateTime that the details of this resource were updated at the service provider.',
    before: { displayName: 'same' },
    operations: [{ op: 'replace', path: 'displayName', value: 'same' }],
    expect: 'unchanged',
  },
  {
    id: 'REP-10.2',
    level: 'SHOULD',
    title: 'the same members again do not move lastModified',
    sentence:
      'RFC 7643 §3.1: lastModified The most recent DateTime that the details of this resource were updated at the service provider.',
    needs: ['Group.members'],
    on: 'group',
    before: (a, b) => ({ members: [{ value: a }, { value: b }] }),
    operations: (a, b) => [{ op: 'replace', path: 'members', value: [{ value: b }, { value: a }] }],
    expect: 'unchanged',
  },
  {
    id: 'GRP-03',
    level: 'MUST',
    title: 'a member cannot be turned into somebody else',
    sentence: 'RFC 7643 §4.2: While values MAY be added or removed, sub-attributes of members are "immutable".',
    needs: ['Group.members'],
    on: 'group',
    before: (a) => ({ members: [{ value: a }] }),
    operations: (a, b) => [{ op: 'replace', path: `members[value eq "${a}"].value`, value: b }],
    expect: MUTABILITY,
  },
  {
    id: 'REP-11',
    level: 'MUST',
    title: 'the type of a member cannot be replaced',
    sentence: 'RFC 7643 §4.2: While values MAY be added or removed, sub-attributes of members are "immutable".',
    needs: ['Group.members'],
    on: 'group',
    before: (a) => ({ members: [{ value: a }] }),
    operations: (a) => [{ op: 'replace', path: `members[value eq "${a}"].type`, value: 'Group' }],
    expect: MUTABILITY,
  },
  {
    id: 'PMX-5-replace',
    level: 'MUST',
    title: 'a boolean is replaced',
    sentence: 'RFC 7644 §3.5.2.3: The "replace" operation replaces the value at the target location specified by the "path".',
    needs: ['User.active'],
    before: { active: false },
    operations: [{ op: 'replace', path: 'active', value: true }],
    expect: { after: { active: true } },
  },
  {
    id: 'PMX-8-replace',
    level: 'MUST',
    title: 'a plain string is no value of a complex attribute',
    sentence: 'RFC 7644 §3.5.2.3: a set of sub-attributes SHALL be specified in the "value" parameter',
    needs: ['User.name'],
    operations: [{ op: 'replace', path: 'name', value: 'Ada Byron' }],
    expect: BAD_VALUE,
  },
  {
    id: 'PMX-9-replace',
    level: 'MUST',
    title: 'a sub-attribute is replaced alone',
    sentence: 'RFC 7644 §3.5.2.3: The "replace" operation replaces the value at the target location specified by the "path".',
    needs: ['User.name'],
    before: { name: { givenName: 'Ada', familyName: 'Byron' } },
    operations: [{ op: 'replace', path: 'name.familyName', value: 'Lovelace' }],
    expect: { after: { name: { givenName: 'Ada', familyName: 'Lovelace' } } },
  },
  {
    id: 'PMX-10-replace',
    level: 'MUST',
    title: 'a multi-valued attribute is replaced as a whole',
    sentence:
      'RFC 7644 §3.5.2.3: If the target location is a multi-valued attribute and no filter is specified, the attribute and all values are replaced.',
    needs: ['User.emails'],
    before: { emails: [work, home] },
    operations: [{ op: 'replace', path: 'emails', value: [{ value: 'new@c.example', type: 'other' }] }],
    expect: { after: { emails: [{ value: 'new@c.example', type: 'other' }] } },
  },
  {
    id: 'PMX-21-replace',
    level: 'MUST',
    title: 'an extension attribute is replaced through its URN',
    sentence:
      'RFC 7644 §3.10: SHOULD fully qualify extended attributes with the associated schema extension URN to avoid naming conflicts.',
    needs: ['Enterprise.department'],
    before: { [ENTERPRISE_USER_URN]: { department: 'Tools' } },
    operations: [{ op: 'replace', path: `${ENTERPRISE_USER_URN}:department`, value: 'Sales' }],
    expect: { after: { [ENTERPRISE_USER_URN]: { department: 'Sales' } } },
  },
  {
    id: 'PMX-22-replace',
    level: 'MUST',
    title: 'without a path an extension is given under its URN',
    sentence:
      'RFC 7644 §3.5.2.3: In this case, the "value" attribute SHALL contain a list of one or more attributes that are to be replaced.',
    needs: ['Enterprise.department'],
    operations: [{ op: 'replace', value: { [ENTERPRISE_USER_URN]: { department: 'Sales' }, displayName: 'x' } }],
    expect: { after: { displayName: 'x', [ENTERPRISE_USER_URN]: { department: 'Sales' } } },
  },
  {
    id: 'PMX-23-replace',
    level: 'MUST',
    title: "a manager's displayName is readOnly",
    sentence: 'RFC 7644 §3.5.2: a client MUST NOT modify an attribute that has mutability "readOnly" or "immutable".',
    needs: ['Enterprise.manager'],
    operations: [{ op: 'replace', path: `${ENTERPRISE_USER_URN}:manager.displayName`, value: 'Forged' }],
    expect: MUTABILITY,
  },
  {
    id: 'PMX-27-replace',
    level: 'MUST',
    title: 'a required attribute is replaced',
    sentence: 'RFC 7644 §3.5.2.3: If the target location is a single-value attribute, the attributes value is replaced.',
    needs: ['Group'],
    on: 'group',
    operations: (a) => [{ op: 'replace', value: { displayName: `renamed-again-${a}` } }],
    expect: { after: (a) => ({ displayName: `renamed-again-${a}` }) },
  },
  {
    id: 'PMX-34-replace',
    level: 'MUST',
    title: 'a word is no boolean',
    sentence: 'RFC 7643 §2.3.2: The literal "true" or "false".',
    needs: ['User.active'],
    operations: [{ op: 'replace', path: 'active', value: 'maybe' }],
    expect: BAD_VALUE,
  },
]

export const patchReplace: Feature = { name: 'patch-replace', needs: ['patch'], checks: rows.map(patchCheck) }
