// The resource types of RFC 7643 sections 4 and 6: User with its enterprise extension, and Group.
import { ENTERPRISE_USER_SCHEMA } from './enterprise-user.ts'
import { GROUP_SCHEMA } from './group.ts'
import type { ResourceType } from './resource-type.ts'
import { USER_SCHEMA } from './user.ts'

export { ENTERPRISE_USER_SCHEMA, GROUP_SCHEMA, USER_SCHEMA }

/** Users. The extension is optional: most people have no enterprise data. */
export const USER_RESOURCE_TYPE: ResourceType = {
  name: 'User',
  endpoint: '/Users',
  description: 'User Account',
  schema: USER_SCHEMA,
  extensions: [{ schema: ENTERPRISE_USER_SCHEMA, required: false }],
  collections: [],
  computed: ['groups'],
}

/** Groups, whose members the store keeps element by element. */
export const GROUP_RESOURCE_TYPE: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'Group',
  schema: GROUP_SCHEMA,
  extensions: [],
  collections: ['members'],
  computed: [],
}
