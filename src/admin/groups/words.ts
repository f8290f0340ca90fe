// What groups are, in words.
import { type GraphNode, MEMBERS_COUNTED } from '../../permissions/graph.ts'

export function membersInWords({ members }: Pick<GraphNode, 'members'>): string {
  if (members > MEMBERS_COUNTED) return `more than ${MEMBERS_COUNTED} people`
  return members === 1 ? '1 person' : `${members} people`
}

export const ROLES = ['viewer', 'editor', 'admin'] as const

export const ROLE_CHOICES = [
  { value: 'viewer', label: 'viewer: reads' },
  { value: 'editor', label: 'editor: reads and writes' },
  { value: 'admin', label: 'admin: reads and writes' },
]
