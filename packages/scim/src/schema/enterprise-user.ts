// The Enterprise User extension (RFC 7643 sections 4.3 and 8.7.1; manager.value is caseExact by erratum 8472).
import { ENTERPRISE_USER_URN } from '../urns.ts'
import { attribute } from './attribute.ts'
import type { Schema } from './resource-type.ts'

const MANAGER = attribute({
  name: 'manager',
  description: "The user's manager, who is another user.",
  type: 'complex',
  subAttributes: [
    attribute({ name: 'value', description: "The id of the manager's User resource.", caseExact: true }),
    attribute({
      name: '$ref',
      description: "The URI of the manager's User resource.",
      type: 'reference',
      referenceTypes: ['User'],
      caseExact: true,
    }),
    attribute({ name: 'displayName', description: 'The displayName of the manager.', mutability: 'readOnly' }),
  ],
})

export const ENTERPRISE_USER_SCHEMA: Schema = {
  id: ENTERPRISE_USER_URN,
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    attribute({ name: 'employeeNumber', description: 'Numeric or alphanumeric identifier of a person in an organization.' }),
    attribute({ name: 'costCenter', description: 'Name of a cost center.' }),
    attribute({ name: 'organization', description: 'Name of an organization.' }),
    attribute({ name: 'division', description: 'Name of a division.' }),
    attribute({ name: 'department', description: 'Name of a department.' }),
    MANAGER,
  ],
}
