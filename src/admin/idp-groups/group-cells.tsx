// What a row about one of the IdP's groups says: what it opens, for whom, and why it is as it is.
import { type IdpGroup, PEOPLE_COUNTED_MAX } from '../../permissions/idp-groups.ts'
import { explainHeld } from '../../permissions/selecting.ts'
import type { Role } from '../../permissions/scope.ts'
import { selector } from '../../permissions/selection.ts'
import type { PermissionSettings } from '../../permissions/settings.ts'
import { Badge } from '../../web/components/badge.tsx'
import { LinkButton } from '../../web/components/button.tsx'

/** "1,204", and "more than 10,000" where counting stopped. */
export const countText = (count: number, max: number) =>
  count > max ? `more than ${max.toLocaleString('en')}` : count.toLocaleString('en')

export const peopleText = ({ people }: IdpGroup) => countText(people, PEOPLE_COUNTED_MAX)

/** Of a list to choose from. */
export const ROLE_CHOICES: readonly { readonly value: Role; readonly label: string }[] = [
  { value: 'viewer', label: 'viewer: read' },
  { value: 'editor', label: 'editor: read and write' },
  { value: 'admin', label: 'admin: read, write and pin' },
]

export const groupHref = (id: string) => `/admin/scim/groups/${id}`

export const switchHref = (query: Readonly<Record<string, string>>) => `/admin/scim/groups/switch?${new URLSearchParams(query)}`

export function GroupState({ group }: { readonly group: IdpGroup }) {
  const { held, selected, unknownMembers } = group
  return (
    <span class="row tight">
      {held !== null ? <Badge tone="warn">conflict</Badge> : selected ? <Badge tone="good">on</Badge> : <Badge>off</Badge>}
      {unknownMembers === 0 ? null : (
        <a class="badge warn" href={`${groupHref(group.id)}#unknown`}>
          {`${unknownMembers.toLocaleString('en')} unknown`}
        </a>
      )}
    </span>
  )
}

/** Who said so: an admin, a rule, or nobody. */
export function whySo({ name, switched }: Pick<IdpGroup, 'name' | 'switched'>, { rules, separator }: PermissionSettings): string {
  if (switched !== null) return 'by hand'
  const { rule } = selector(rules, separator)({ name, switched })
  return rule === undefined ? 'no rule matches' : `by the rule ${rule.pattern}`
}

/** With a capital, unless it begins with the name of a scope. */
const sentence = (clause: string) => (clause.startsWith('group:') ? clause : clause.charAt(0).toUpperCase() + clause.slice(1))

export function Opens({ group }: { readonly group: IdpGroup }) {
  const { open, scope, held } = group
  if (held !== null) return <span class="small">{sentence(explainHeld(group) ?? '')}</span>
  if (open && scope !== null) return <code class="scope">{scope}</code>
  return scope === null ? <span class="muted">nothing</span> : <span class="muted">{`nothing; ${scope} is kept`}</span>
}

export function RoleText({ group, settings }: { readonly group: IdpGroup; readonly settings: PermissionSettings }) {
  return group.role === null ? <span class="muted">{settings.memberRole}</span> : <>{group.role}</>
}

export function SwitchButton({ group: { id, selected } }: { readonly group: IdpGroup }) {
  return (
    <LinkButton href={switchHref({ id, to: selected ? 'off' : 'on' })} small look={selected ? 'quiet' : 'plain'}>
      {selected ? 'Switch off' : 'Switch on'}
    </LinkButton>
  )
}
