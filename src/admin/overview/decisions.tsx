// What waits for an admin, each with the way to where it is decided.
import type { ComponentChildren } from 'preact'
import type { Decisions } from '../../lifecycle/decisions.ts'
import { Card } from '../../web/components/card.tsx'
import { Icon } from '../../web/components/icon.tsx'
import { Time } from '../../web/components/time.tsx'
import type { IconName } from '../../web/icons.ts'

type Line = {
  readonly key: string
  readonly icon: IconName
  readonly href: string
  readonly title: ComponentChildren
  readonly why: string
}

export function DecisionsCard({ decisions, now }: { readonly decisions: Decisions; readonly now: Date }) {
  const lines = [...tokenLines(decisions, now), ...countLines(decisions)]
  return (
    <Card title="Waits for your decision">
      {lines.length === 0 ? (
        <p class="row">
          <Icon name="done" /> Nothing. Everything that was pushed has its place.
        </p>
      ) : (
        <ul class="decisions">
          {lines.map(({ key, icon, href, title, why }) => (
            <li key={key}>
              <Icon name={icon} />
              <div>
                <a class="strong" href={href}>
                  {title}
                </a>
                <p class="muted small">{why}</p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function tokenLines({ expiring }: Decisions, now: Date): readonly Line[] {
  return expiring.map(({ id, name, expiresAt }) => {
    const over = expiresAt <= now
    return {
      key: id,
      icon: over ? 'danger' : 'clock',
      href: `/admin/scim/tokens/${id}/rotate`,
      title: (
        <>
          {`${name} ${over ? 'expired' : 'expires'} `}
          <Time at={expiresAt} />
        </>
      ),
      why: over
        ? 'Nothing of this connection arrives any more, leavers included. Rotate the token.'
        : 'Rotate it: both tokens work until you are done.',
    }
  })
}

const counted = (count: number, one: string, many: string) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`

function countLines({ collisions, returners, heldGroups, unknownMembers }: Decisions): readonly Line[] {
  const lines: readonly (Line & { readonly count: number })[] = [
    {
      key: 'collisions',
      count: collisions,
      icon: 'link',
      href: '/admin/users?filter=collisions',
      title: counted(collisions, 'person collides with a local account', 'people collide with local accounts'),
      why: 'The identity provider gets 409 for them. Link the two accounts, or rename one.',
    },
    {
      key: 'returners',
      count: returners,
      icon: 'person',
      href: '/admin/users?filter=returners',
      title: counted(returners, 'possible returner', 'possible returners'),
      why: 'Somebody new has the name or the externalId of somebody who left. Only you know whether it is the same person.',
    },
    {
      key: 'held',
      count: heldGroups,
      icon: 'warning',
      href: '/admin/scim/groups?state=held',
      title: counted(heldGroups, 'group cannot open', 'groups cannot open'),
      why: 'Its path belongs to another group, or its name makes none.',
    },
    {
      key: 'unknown',
      count: unknownMembers,
      icon: 'help',
      href: '/admin/scim/groups?state=unknown',
      title: counted(unknownMembers, 'group has members nobody knows', 'groups have members nobody knows'),
      why: 'People who were never pushed. Assign them to the app, then push the group again.',
    },
  ]
  return lines.filter(({ count }) => count > 0)
}
