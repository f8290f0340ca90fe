// Filters: grammar, precedence, operators, types and case (RFC 7644 section 3.4.2.2).
import { textAt, queryOf, GROUP_URN, USER_URN, ENTERPRISE_USER_URN } from '../../src/client/client.ts'
import type { Check, Feature } from '../check.ts'
import { ensure, refused, same, status } from '../expect.ts'
import { filterCheck, threePeople, type FilterCase } from '../filter-check.ts'

const grammar: readonly FilterCase[] = [
  {
    id: 'FLT-01',
    level: 'MUST',
    title: 'only what matches is returned and counted',
    sentence: 'RFC 7644 §3.4.2.2: When specified, only those resources matching the filter expression SHALL be returned.',
    filters: ['userName eq "{ada}"'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-02',
    level: 'MUST',
    title: 'an empty filter is refused',
    sentence: 'RFC 7644 §3.4.2.2: The filter parameter MUST contain at least one valid expression',
    filters: ['', ' ', '()'],
    expect: 'refused',
  },
  {
    id: 'FLT-03',
    level: 'MUST',
    title: 'an expression without its parts is refused',
    sentence: 'RFC 7644 §3.4.2.2: Each expression MUST contain an attribute name followed by an attribute operator and optional value.',
    filters: ['userName', 'eq "x"', 'userName eq', 'userName "x"', 'userName pr "x"'],
    expect: 'refused',
  },
  {
    id: 'FLT-04',
    level: 'MUST',
    title: 'what the grammar does not produce is refused',
    sentence: 'RFC 7644 §3.4.2.2: SCIM filters MUST conform to the following ABNF [RFC5234] rules as specified below',
    filters: [
      'userName eq "a',
      "userName eq 'a'",
      '(userName pr',
      'userName pr)',
      'userName == "a"',
      'userName eq "a" and',
      'and userName pr',
      'userName pr and or userName pr',
      'userName eq "a" "b"',
      'emails[type eq "work"',
      'emails type eq "work"]',
    ],
    expect: 'refused',
  },
  {
    id: 'FLT-05',
    level: 'MUST',
    title: 'an unknown operator is refused',
    sentence:
      'RFC 7644 §3.4.2.2: Providers MUST decline to filter results if the specified filter operation is not recognized and return an HTTP 400 error with a "scimType" error of "invalidFilter"',
    filters: ['userName regex "x"', 'userName like "x"'],
    expect: 'refused',
  },
  {
    id: 'FLT-06',
    level: 'MUST',
    title: 'attribute names and operators are case-insensitive',
    sentence: 'RFC 7644 §3.4.2.2: Attribute names and attribute operators used in filters are case insensitive.',
    filters: [
      'USERNAME Eq "{ada}"',
      'username EQ "{ada}" AND NOT (title EQ "x") Or (userName eq "nobody")',
      'Emails[TYPE eq "home"]',
      'name.GIVENNAME eq "Ada"',
    ],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-07',
    level: 'MUST',
    title: 'JSON escapes in strings are understood',
    sentence: 'RFC 7644 §3.4.2.2: compValue = false / null / true / number / string ; rules from JSON (RFC 7159)',
    needs: ['User.displayName'],
    filters: ['displayName eq "Ada \\"the first\\" O\\\\Byron \\u00e9 100%"', 'displayName sw "Ada \\"the"', 'displayName co "O\\\\B"'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-07.2',
    level: 'MUST',
    title: 'bad escapes and literals in capitals are refused',
    sentence: 'RFC 7644 §3.4.2.2: compValue = false / null / true / number / string ; rules from JSON (RFC 7159)',
    filters: ['userName eq "\\q"', 'userName eq "\\u12"', 'active eq TRUE', 'active eq Null'],
    expect: 'refused',
  },
  {
    id: 'FLT-07.3',
    level: 'MUST',
    title: 'words and brackets inside a string are data',
    sentence: 'RFC 7644 §3.4.2.2: compValue = false / null / true / number / string ; rules from JSON (RFC 7159)',
    needs: ['User.displayName'],
    filters: ['displayName eq "Bob (not) and x eq 1"', 'displayName co ") and x"'],
    expect: { finds: 'b' },
  },
  {
    id: 'FLT-09',
    level: 'MUST',
    title: 'an unquoted string is refused',
    sentence: 'RFC 7644 §3.4.2.2: compValue = false / null / true / number / string ; rules from JSON (RFC 7159)',
    filters: ['userName eq bob', 'meta.resourceType eq User'],
    expect: 'refused',
  },
  {
    id: 'FLT-10',
    level: 'SHOULD',
    title: 'eq null finds the unassigned',
    sentence: 'RFC 7643 §2.5: Unassigned attributes, the null value, or an empty array … SHALL be considered to be equivalent in "state".',
    needs: ['User.title'],
    filters: ['title eq null', 'not (title pr)', 'not (title ne null)'],
    expect: { finds: 'b' },
  },
  {
    id: 'FLT-11',
    level: 'MUST',
    title: 'and binds closer than or',
    sentence:
      'RFC 7644 §3.4.2.2: Filters MUST be evaluated using the following order of operations, in order of precedence: 1. Grouping operators 2. Logical operators - where "not" takes precedence over "and", which takes precedence over "or"',
    needs: ['User.title'],
    filters: ['userName eq "{ada}" or title pr and title eq "zz"', 'title eq "zz" and title pr or userName eq "{ada}"'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-11.2',
    level: 'MUST',
    title: 'parentheses change the order',
    sentence: 'RFC 7644 §3.4.2.2: Boolean expressions MAY be grouped using parentheses to change the standard order of operations',
    needs: ['User.title'],
    filters: ['(userName eq "{ada}" or title pr) and title eq "zz"'],
    expect: { finds: '' },
  },
  {
    id: 'FLT-11.3',
    level: 'MUST',
    title: 'not negates the group after it and no more',
    sentence: 'RFC 7644 §3.4.2.2: "not" takes precedence over "and", which takes precedence over "or"',
    needs: ['User.title'],
    filters: ['not (title eq "Analyst") and title pr', 'title pr and not (title eq "Analyst")'],
    expect: { finds: 'c' },
  },
  {
    id: 'FLT-12',
    level: 'MUST',
    title: 'long chains of or are answered',
    sentence: 'RFC 7644 §3.4.2.2: Multiple expressions MAY be combined using logical operators',
    filters: [Array.from({ length: 50 }, (_, i) => `userName eq "${i === 49 ? '{ada}' : `nobody-${i}`}"`).join(' or ')],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-13',
    level: 'MUST',
    title: 'not needs parentheses',
    sentence: 'RFC 7644 §3.4.2.2: FILTER = attrExp / logExp / valuePath / *1"not" "(" FILTER ")"',
    filters: ['not userName pr'],
    expect: 'refused',
  },
  {
    id: 'FLT-13.2',
    level: 'MUST',
    title: 'not( and not ( are both right',
    sentence: 'RFC 7644 §3.4.2.2: FILTER = attrExp / logExp / valuePath / *1"not" "(" FILTER ")"',
    filters: ['not(userName ne "{ada}")', 'not (userName ne "{ada}")'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-14',
    level: 'MUST',
    title: 'parentheses nest, in brackets too',
    sentence: 'RFC 7644 §3.4.2.2: *1"not" "(" valFilter ")" (with erratum 7322)',
    needs: ['User.emails'],
    filters: [
      '((userName eq "{ada}"))',
      'emails[(type eq "home" or type eq "other") and value co "@home"]',
      'emails[not (type eq "work")]',
    ],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-15',
    level: 'MUST',
    title: 'brackets do not nest',
    sentence: 'RFC 7644 §3.4.2.2: MUST be a valid filter expression based upon sub-attributes of the parent attribute.',
    filters: ['emails[type eq "work" and x[y eq 1]]'],
    expect: 'refused',
  },
  {
    id: 'FLT-16',
    level: 'MAY',
    title: 'more than one space between words is taken or refused',
    sentence: 'RFC 7644 §3.4.2.2: attrExp = (attrPath SP "pr") / (attrPath SP compareOp SP compValue)',
    filters: ['userName  eq   "{ada}"', 'emails[ type eq "home" ]'],
    expect: { refusedOr: 'a' },
  },
  {
    id: 'FLT-33',
    level: 'MUST',
    title: 'names may be qualified by their schema URN, in any case',
    sentence:
      'RFC 7644 §3.10: All facets (URN, attribute, and sub-attribute name) of the fully encoded attribute name are case insensitive.',
    filters: [`${USER_URN}:userName eq "{ada}"`, `${USER_URN}:name.givenName eq "Ada"`, `${USER_URN.toUpperCase()}:userName eq "{ada}"`],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-33.2',
    level: 'MUST',
    title: 'extension attributes are filtered through their URN',
    sentence:
      'RFC 7644 §3.10: SHOULD fully qualify extended attributes with the associated schema extension URN to avoid naming conflicts.',
    needs: ['Enterprise.department'],
    filters: [`${ENTERPRISE_USER_URN}:department eq "Tools"`, `${ENTERPRISE_USER_URN}:department pr`],
    expect: { finds: 'c' },
  },
  {
    id: 'FLT-34',
    level: 'MUST',
    title: 'a value path may be qualified by a URN',
    sentence: 'RFC 7644 §3.4.2.2: attrPath = [URI ":"] ATTRNAME *1subAttr ; SCIM attribute name',
    needs: ['User.emails'],
    filters: [`${USER_URN}:emails[type eq "home"]`],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-35',
    level: 'MUST',
    title: 'a name that begins with a digit is refused',
    sentence: 'RFC 7644 §3.4.2.2: ATTRNAME = ALPHA *(nameChar)',
    filters: ['1abc eq "x"', '-a eq "x"', '.a eq "x"', 'name. eq "x"'],
    expect: 'refused',
  },
  {
    id: 'FLT-36',
    level: 'MUST',
    title: 'there is one sub-attribute level only',
    sentence: 'RFC 7644 §3.4.2.2: attrPath = [URI ":"] ATTRNAME *1subAttr ; SCIM attribute name',
    filters: ['name.givenName.x eq "a"'],
    expect: 'refused',
  },
  {
    id: 'FLT-37',
    level: 'MAY',
    title: 'an unknown attribute is refused or matches nobody, but never everybody',
    sentence:
      'RFC 7644 §3.12: The specified filter syntax was invalid … or the specified attribute and filter comparison combination is not supported.',
    filters: ['usrName eq "{ada}"', 'nothing pr'],
    expect: { refusedOr: '' },
  },
]

const values: readonly FilterCase[] = [
  {
    id: 'FLT-17',
    level: 'MUST',
    title: 'a bracket speaks of one and the same element',
    sentence:
      'RFC 7644 §3.4.2.2: Service providers MAY support complex filters where expressions MUST be applied to the same value of a parent attribute',
    needs: ['User.emails'],
    filters: ['emails[type eq "work" and value co "@home"]'],
    expect: { finds: '' },
  },
  {
    id: 'FLT-17.2',
    level: 'MUST',
    title: 'without a bracket each comparison looks at every element',
    sentence:
      'RFC 7644 §3.4.2.2: If the specified attribute in a filter expression is a multi-valued attribute, the filter matches if any of the values of the specified attribute match the specified criterion',
    needs: ['User.emails'],
    filters: ['emails.type eq "work" and emails.value co "@home"'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-18',
    level: 'MUST',
    title: 'inside a bracket only sub-attributes are known',
    sentence: 'RFC 7644 §3.4.2.2: MUST be a valid filter expression based upon sub-attributes of the parent attribute.',
    needs: ['User.emails'],
    filters: ['emails[userName eq "x"]', 'emails[]', 'userName[value eq "x"]'],
    expect: 'refused',
  },
  {
    id: 'FLT-19',
    level: 'MUST',
    title: 'a value path is a filter by itself and can be combined',
    sentence: 'RFC 7644 §3.4.2.2: FILTER = attrExp / logExp / valuePath / *1"not" "(" FILTER ")"',
    needs: ['User.emails'],
    filters: ['emails[type eq "work"]', 'emails[type eq "home"] or emails[value co "bob"]'],
    expect: { finds: 'ab' },
  },
  {
    id: 'FLT-20',
    level: 'MUST',
    title: 'a multi-valued attribute matches when any value does',
    sentence: 'RFC 7644 §3.4.2.2: the filter matches if any of the values of the specified attribute match the specified criterion',
    needs: ['User.emails'],
    filters: ['emails.value co "@home"'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-21',
    level: 'MUST',
    title: 'a complex attribute needs a sub-attribute',
    sentence:
      'RFC 7644 §3.4.2.2: For complex attributes, a fully qualified sub-attribute MUST be specified using standard attribute notation (Section 3.10).',
    needs: ['User.name'],
    filters: ['name eq "x"', 'name co "x"'],
    expect: 'refused',
  },
  {
    id: 'FLT-22',
    level: 'SHOULD',
    title: 'the bare name of a multi-valued attribute means its value',
    sentence: 'RFC 7644 §3.4.2.2: filter=userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
    needs: ['User.emails'],
    filters: ['emails co "@home.example"', 'emails eq "{prefix}-ada@home.example"'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-23',
    level: 'MUST',
    title: 'caseExact false: case is ignored by every operator',
    sentence:
      'RFC 7644 §3.4.2.2: the case sensitivity for String type attributes SHALL be determined by the attribute\'s "caseExact" characteristic',
    filters: [
      'userName eq "{prefix}-ADA@CONFORMANCE.example"',
      'userName sw "{prefix}-ADA"',
      'userName co "-AdA@"',
      'name.givenName ew "DA"',
    ],
    expect: { finds: 'a' },
  },
  {
    id: 'CHR-01',
    level: 'MUST',
    title: 'caseExact true: externalId is compared exactly',
    sentence: 'RFC 7643 §7: The server SHALL use case sensitivity when evaluating filters.',
    filters: ['externalId eq "{prefix}-EXT-Ada"', 'externalId co "-EXT-"'],
    expect: { finds: 'a' },
  },
  {
    id: 'COM-07',
    level: 'MUST',
    title: 'id is compared exactly',
    sentence: 'RFC 7643 §3.1: id … characteristics: caseExact as "true", mutability as "readOnly", returned as "always"',
    filters: ['id eq "{id:ada}"', 'id eq "{id:ada}" and externalId pr'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-25',
    level: 'MUST',
    title: 'co, sw, ew and ne do what their names say',
    sentence: 'RFC 7644 §3.4.2.2: The entire operator value must be a substring of the attribute value for a match.',
    needs: ['User.title'],
    filters: [
      'title co "naly"',
      'title sw "Ana"',
      'title ew "yst"',
      'title sw "Analyst"',
      'title ew "Analyst"',
      'title ne "Manager" and title pr',
    ],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-25.2',
    level: 'MUST',
    title: '% and _ are no wildcards',
    sentence: 'RFC 7644 §3.4.2.2: The entire operator value must be a substring of the attribute value for a match.',
    needs: ['User.displayName'],
    filters: ['displayName co "%"', 'displayName ew "100%"'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-25.3',
    level: 'MUST',
    title: 'an underscore matches only an underscore, an asterisk an asterisk',
    sentence: 'RFC 7644 §3.4.2.2: The entire operator value must be a substring of the attribute value for a match.',
    needs: ['User.title'],
    filters: ['title eq "_nalyst"', 'title sw "A_a"', 'title eq "Ana*"'],
    expect: { finds: '' },
  },
  {
    id: 'FLT-26',
    level: 'SHOULD',
    title: 'ne holds for those without a value',
    sentence: 'RFC 7644 §3.4.2.2: The attribute and operator values are not identical.',
    needs: ['User.title'],
    filters: ['title ne "Analyst"', 'not (title eq "Analyst")'],
    expect: { finds: 'bc' },
  },
  {
    id: 'FLT-27',
    level: 'MUST',
    title: 'pr finds non-empty values, and false is a value',
    sentence:
      'RFC 7644 §3.4.2.2: If the attribute has a non-empty or non-null value, or if it contains a non-empty node for complex attributes, there is a match.',
    needs: ['User.title', 'User.active', 'User.name'],
    filters: ['active pr', 'name pr', 'not (title pr) or title pr'],
    expect: { finds: 'abc' },
  },
  {
    id: 'FLT-28',
    level: 'MUST',
    title: 'booleans have no order',
    sentence:
      'RFC 7644 §3.4.2.2: Boolean and Binary attributes SHALL cause a failed response (HTTP status code 400) with "scimType" of "invalidFilter".',
    needs: ['User.active'],
    filters: ['active gt true', 'active ge true', 'active lt true', 'active le true'],
    expect: 'refused',
  },
  {
    id: 'FLT-28.2',
    level: 'MUST',
    title: 'binaries have no order',
    sentence:
      'RFC 7644 §3.4.2.2: Boolean and Binary attributes SHALL cause a failed response (HTTP status code 400) with "scimType" of "invalidFilter".',
    needs: ['User.x509Certificates.value'],
    filters: ['x509Certificates.value gt "YQ=="', 'x509Certificates.value le "YQ=="'],
    expect: 'refused',
  },
  {
    id: 'FLT-29',
    level: 'MUST',
    title: 'dateTimes are compared as instants',
    sentence: 'RFC 7644 §3.4.2.2: For DateTime types, it is a chronological comparison.',
    filters: [
      'meta.created gt "2011-05-13T06:42:34+02:00"',
      'meta.lastModified ge "2011-05-13T04:42:34.123456Z"',
      'meta.created lt "2999-01-01T00:00:00Z"',
    ],
    expect: { finds: 'abc' },
  },
  {
    id: 'FLT-29.2',
    level: 'MUST',
    title: 'strings are compared in order',
    sentence: 'RFC 7644 §3.4.2.2: For string attributes, this is a lexicographical comparison',
    needs: ['User.title'],
    filters: ['title lt "B"', 'title le "analyst"', 'title ge "a" and title lt "m"'],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-30',
    level: 'MUST',
    title: 'comparisons that make no sense are refused',
    sentence: 'RFC 7644 §3.12: the specified attribute and filter comparison combination is not supported.',
    needs: ['User.active'],
    filters: ['active co "t"', 'meta.created gt "yesterday"', 'userName gt 5', 'userName eq true'],
    expect: 'refused',
  },
  {
    id: 'FLT-31',
    level: 'MUST',
    title: 'booleans are found by their value',
    sentence:
      'RFC 7644 §3.4.2.2: the service provider SHALL use the value that was returned to the client that last created or modified the attribute.',
    needs: ['User.active'],
    filters: ['active eq false', 'not (active eq true)', 'active ne true'],
    expect: { finds: 'b' },
  },
  {
    id: 'JSN-21',
    level: 'MUST',
    title: 'a missing primary counts as false',
    sentence: 'RFC 7643 §2.4: If not specified, the value of "primary" SHALL be assumed to be "false".',
    needs: ['User.emails.primary'],
    filters: ['emails[type eq "work" and primary eq false]', 'emails[type eq "work" and not (primary eq true)]'],
    expect: { finds: 'b' },
  },
  {
    id: 'FLT-32',
    level: 'MAY',
    title: 'a filter on schemas finds those with the extension',
    sentence:
      'RFC 7644 §3.4.2.2: Clients MAY query by schema or schema extensions by using a filter expression including the "schemas" attribute',
    needs: ['Enterprise.department'],
    filters: [`schemas eq "${ENTERPRISE_USER_URN}"`],
    expect: { refusedOr: 'c' },
  },
  {
    id: 'FLT-38',
    level: 'MUST',
    title: 'common attributes can be filtered',
    sentence: 'RFC 7643 §3: These attributes are not defined in any particular schema but SHALL be assumed to be present in every resource',
    filters: [
      'id eq "{id:ada}" and meta.resourceType eq "User"',
      'meta.location ew "/{id:ada}"',
      'externalId eq "{prefix}-EXT-Ada" and meta.created pr',
    ],
    expect: { finds: 'a' },
  },
  {
    id: 'FLT-40',
    level: 'MAY',
    title: 'password is refused in a filter or finds nobody',
    sentence: 'RFC 7643 §4.1.1: Testing for an equality match MAY be supported if there is an existing stored hashed value.',
    filters: ['password eq "x"', 'password pr', 'password sw "S"'],
    expect: { refusedOr: '' },
  },
  {
    id: 'FLT-41',
    level: 'MUST',
    title: 'quotes of other languages are data',
    sentence: 'RFC 7644 §7.7: input validation and injection defence',
    filters: ['userName eq "\'; DROP TABLE users;--"', 'userName eq "*)(uid=*"', 'userName eq "${7*7}"'],
    expect: { finds: '' },
  },
]

const others: readonly Check[] = [
  {
    id: 'QRY-05',
    level: 'MUST',
    title: 'no match is 200 with totalResults 0 and an empty list',
    sentence:
      'RFC 7644 §3.4.2: A query that does not return any matches SHALL return success (HTTP status code 200) with "totalResults" set to a value of 0.',
    run: async (scim) => {
      const { total, exchange, resources } = await scim.list('/Users', { filter: `userName eq "${crypto.randomUUID()}"` })
      ensure(total === 0 && resources.length === 0, `totalResults ${total}`, exchange)
    },
  },
  {
    id: 'COM-07.2',
    level: 'MUST',
    title: 'an id in capitals finds nobody',
    sentence: 'RFC 7643 §3.1: id … characteristics: caseExact as "true", mutability as "readOnly", returned as "always"',
    run: async (scim) => {
      const { made } = await threePeople(scim)
      const id = made[0]?.id ?? ''
      if (id === id.toUpperCase()) return
      const { total } = await scim.list('/Users', { filter: `id eq "${id.toUpperCase()}"` })
      same(total, 0, 'totalResults')
    },
  },
  {
    id: 'FLT-24',
    level: 'MUST',
    title: 'composed and decomposed letters are the same in a userName filter',
    sentence:
      'RFC 7644 §7.8: When comparing Unicode strings such as those in query filters or testing for uniqueness of usernames and passwords, strings MUST be appropriately prepared before comparison.',
    run: async (scim) => {
      const name = scim.unique()
      const { id } = await scim.user({ userName: `e\u0301va-${name}` })
      ensure((await scim.list('/Users', { filter: `userName eq "\u00e9va-${name}"` })).ids.includes(id), 'the decomposed name is not found')
    },
  },
  {
    id: 'FLT-12.2',
    level: 'MUST',
    title: 'thousands of parentheses are refused or answered, and quickly',
    sentence: 'RFC 7644 §3.12: The specified filter syntax was invalid',
    run: async (scim) => {
      const answer = await scim.post('/Users/.search', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter: `${'('.repeat(10_000)}userName pr${')'.repeat(10_000)}`,
      })
      if (answer.status !== 200) refused(answer, [400, 413, 501], 'invalidFilter', 'invalidValue')
      ensure(answer.ms < 5000, `it took ${Math.round(answer.ms)} ms`)
    },
  },
  {
    id: 'FLT-39',
    level: 'SHOULD',
    title: 'groups are found by a member',
    sentence: 'RFC 7644 §3.4.2.2: valuePath = attrPath "[" valFilter "]" ; FILTER uses sub-attributes of a parent attrPath',
    needs: ['Group.members'],
    run: async (scim) => {
      const user = await scim.user()
      const group = await scim.group({ members: [{ value: user.id }] })
      for (const filter of [
        `members[value eq "${user.id}"]`,
        `members.value eq "${user.id}"`,
        `id eq "${group.id}" and members.value eq "${user.id}"`,
      ]) {
        const { ids, total } = await scim.list('/Groups', { filter, excludedAttributes: 'members' })
        ensure(ids.includes(group.id) && total === 1, `${filter} finds ${total}`)
      }
    },
  },
  {
    id: 'SCM-09',
    level: 'MUST',
    title: 'common attributes can be filtered on groups',
    sentence: 'RFC 7643 §3: SHALL be assumed to be present in every resource, regardless of the value of the "schemas" attribute.',
    needs: ['Group'],
    run: async (scim) => {
      const { id, body } = await scim.group()
      const displayName = textAt(body, 'displayName')
      for (const filter of [
        `displayName eq "${displayName}" and meta.resourceType eq "Group"`,
        `id eq "${id}"`,
        `${GROUP_URN}:displayName eq "${displayName}"`,
        `displayName eq "${displayName?.toUpperCase()}"`,
      ])
        ensure((await scim.list('/Groups', { filter })).ids.includes(id), `${filter} does not find the group`)
    },
  },
  {
    id: 'JSN-16',
    level: 'MUST',
    title: 'URIs are compared exactly',
    sentence: 'RFC 7643 §2.3.7: A reference is case exact.',
    needs: ['User.profileUrl'],
    run: async (scim) => {
      const profileUrl = `https://c.example/Ada-${scim.mark}`
      const { id } = await scim.user({ profileUrl })
      ensure((await scim.list('/Users', { filter: `profileUrl eq "${profileUrl}"` })).ids.includes(id), 'it is not found as sent')
      same((await scim.list('/Users', { filter: `profileUrl eq "${profileUrl.toUpperCase()}"` })).total, 0, 'totalResults in capitals')
    },
  },
  {
    id: 'QRY-11',
    level: 'MAY',
    title: 'a filter on a single resource is applied or ignored',
    sentence:
      'RFC 7644 §3.4.2: Queries MAY be made against a single resource or a resource type endpoint (e.g., "/Users"), or the service provider Base URI.',
    run: async (scim) => {
      const { path } = await scim.user()
      status(await scim.get(path + queryOf({ filter: 'active eq true' })), 200, 400, 403)
    },
  },
]

export const filter: Feature = {
  name: 'filter',
  needs: ['filter'],
  checks: [...grammar.map(filterCheck), ...values.map(filterCheck), ...others],
}
