// Why somebody reaches a scope, step by step: person → group → … → scope, and behind each step who made it, when, and by which request.
import type { Actor } from '../../audit/event.ts'
import type { Evidence, Path, Step, Why } from '../../permissions/why.ts'
import { Badge } from './badge.tsx'
import { Card } from './card.tsx'
import { Time } from './time.tsx'

type Told = {
  /** How the path begins: "You", or somebody's name. */
  readonly person: string
  /** Names of SCIM tokens by id. */
  readonly tokens: ReadonlyMap<string, string>
  /** Where groups and requests are shown, for those who may look at them. */
  readonly links?: { readonly group: (path: string) => string; readonly request: (id: string) => string }
}

export type WhyPathsProps = Told & { readonly why: Why }

export function WhyPaths({ why, ...told }: WhyPathsProps) {
  return (
    <div class="stack">
      {why.paths.map((path, i) => (
        <Card
          key={i}
          title={why.paths.length === 1 ? 'How' : `Way ${i + 1} of ${why.paths.length}`}
          actions={<Right writable={path.writable} />}
        >
          <Way path={path} scope={why.scope} {...told} />
        </Card>
      ))}
      {why.truncated ? <p class="muted">There are more ways than are shown here.</p> : null}
    </div>
  )
}

export function Right({ writable }: { readonly writable: boolean }) {
  return <Badge tone={writable ? 'good' : 'info'}>{writable ? 'read and write' : 'read'}</Badge>
}

export type WayProps = Told & { readonly path: Path; readonly scope: string }

/** One way from a person to a scope. */
export function Way({ path, scope, person, ...told }: WayProps) {
  return (
    <ol class="why-path">
      <li>
        <p class="why-name">{person}</p>
      </li>
      {path.steps.map((step, i) => (
        <li key={i}>
          <p>
            <span class="muted">{`${relationOf(step)} `}</span>
            {'group' in step ? <GroupName group={step.group} links={told.links} /> : <code>{scope}</code>}
            {'role' in step ? <span class="muted">{` as ${step.role}`}</span> : null}
          </p>
          {'evidence' in step ? <MadeBy verb={VERBS[step.kind]} evidence={step.evidence} {...told} /> : null}
        </li>
      ))}
    </ol>
  )
}

type GroupNameProps = { readonly group: { readonly name: string; readonly path: string }; readonly links: Told['links'] | undefined }

const GroupName = ({ group, links }: GroupNameProps) =>
  links === undefined ? (
    <span class="why-name">{group.name}</span>
  ) : (
    <a class="why-name" href={links.group(group.path)}>
      {group.name}
    </a>
  )

function relationOf(step: Step): string {
  switch (step.kind) {
    case 'everybody':
      return `${step.detail}:`
    case 'member':
      return 'member of'
    case 'nested':
      return step.by === 'idp' ? 'which is inside' : 'which its name puts inside'
    case 'carries':
      return 'which carries'
    case 'granted':
      return 'which was granted'
  }
}

const VERBS = { member: 'added', nested: 'put there', carries: 'switched on', granted: 'granted' } as const

type MadeByProps = Omit<Told, 'person'> & { readonly verb: string; readonly evidence: Evidence }

function MadeBy({ verb, evidence, tokens, links }: MadeByProps) {
  const { at, requestId, tokenId, actor } = evidence
  const by = tokenId === null ? nameOf(actor) : connection(tokens.get(tokenId) ?? tokenId)
  if (at === null && requestId === null && by === undefined) return null
  return (
    <p class="why-made">
      {by === undefined ? `${verb} ` : `${verb} by ${by} `}
      {at === null ? null : <Time at={at} />}
      {requestId === null ? null : (
        <>
          {', '}
          {links === undefined ? (
            <>
              request <code>{requestId}</code>
            </>
          ) : (
            <a href={links.request(requestId)}>the request</a>
          )}
        </>
      )}
    </p>
  )
}

const connection = (name: string) => `the connection “${name}”`

function nameOf(actor: Actor | null): string | undefined {
  switch (actor?.kind) {
    case 'account':
      return actor.name
    case 'scim_token':
      return connection(actor.name)
    case 'cli':
      return `${actor.user} on the command line`
    case 'system':
      return 'the server'
    case 'unknown':
    case undefined:
      return undefined
  }
}
