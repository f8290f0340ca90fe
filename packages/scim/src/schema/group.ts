// The Group schema (RFC 7643 sections 4.2 and 8.7.1) with its errata: displayName is required (5368) and members have display
// (6011). displayName is unique here, because identity providers find groups by it (idp-wire EN-37).
import { GROUP_URN } from '../urns.ts'
import { attribute } from './attribute.ts'
import type { Schema } from './resource-type.ts'

const MEMBERS = attribute({
  name: 'members',
  description: 'The members of the group.',
  type: 'complex',
  multiValued: true,
  subAttributes: [
    attribute({ name: 'value', description: 'The id of the member.', mutability: 'immutable' }),
    attribute({
      name: '$ref',
      description: 'The URI of the member.',
      type: 'reference',
      referenceTypes: ['User', 'Group'],
      caseExact: true,
      mutability: 'immutable',
    }),
    attribute({
      name: 'type',
      description: "What the member is: 'User' or 'Group'.",
      canonicalValues: ['User', 'Group'],
      mutability: 'immutable',
    }),
    attribute({ name: 'display', description: 'The name of the member, for display.', mutability: 'immutable' }),
  ],
})

export const GROUP_SCHEMA: Schema = {
  id: GROUP_URN,
  name: 'Group',
  description: 'Group',
  attributes: [
    attribute({
      name: 'displayName',
      description: 'A human-readable name of the group, unique among all groups. Compared without regard to case.',
      required: true,
      uniqueness: 'server',
      check: (name) => (name.trim() === '' ? 'must not be blank' : undefined),
    }),
    MEMBERS,
  ],
}
