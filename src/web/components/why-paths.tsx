// Why somebody reaches a scope, step by step: person → group → … → scope, and behind each step who made it, when, and by which request.
import type { Actor } from '../../audit/event.ts'
import type { Evidence, Path, Step, Why } from '../../permissions/why.ts'
import { Badge } from './badge.tsx'
import { Card } from './card.tsx'
import { Time } from './time.tsx'

export type WhyPathsProps = {
  readonly why: Why
  /** How the path begins: "You", or somebody's name. */
  readonly person: string
  /** Names of SCIM tokens by id. */
  readonly tokens: ReadonlyMap<string, string>
}

export function WhyPaths({ why, person, tokens }: WhyPathsProps) {
  return (
    <div class="stack">
      {why.paths.map((path, i) => (
        <Card
          key={i}
          title={why.paths.length === 1 ? 'How' : `Way ${i + 1} of ${why.paths.length}`}
          actions={<Right writable={path.writable} />}
        >
          <Steps path={path} scope={why.scope} person={person} tokens={tokens} />
        </Card>
      ))}
      {why.truncated ? <p class="muted">There are more ways than are shown here.</p> : null}
    </div>
  )
}

export function Right({ writable }: { readonly writable: boolean }) {
  return <Badge tone={writable ? 'good' : 'info'}>{writable ? 'read and write' : 'read'}</Badge>
}

type StepsProps = Pick<WhyPathsProps, 'person' | 'tokens'> & { readonly path: Path; readonly scope: string }

function Steps({ path, scope, person, tokens }: StepsProps) {
  return (
    <ol class="why-path">
      <li>
        <p class="why-name">{person}</p>
      </li>
      {path.steps.map((step, i) => (
        <li key={i}>
          <p>
            <span class="muted">{`${relationOf(step)} `}</span>
            {'group' in step ? <span class="why-name">{step.group.name}</span> : <code>{scope}</code>}
            {'role' in step ? <span class="muted">{` as ${step.role}`}</span> : null}
          </p>
          {'evidence' in step ? <MadeBy verb={VERBS[step.kind]} evidence={step.evidence} tokens={tokens} /> : null}
        </li>
      ))}
    </ol>
  )
}

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

type MadeByProps = { readonly verb: string; readonly evidence: Evidence; readonly tokens: WhyPathsProps['tokens'] }

function MadeBy({ verb, evidence, tokens }: MadeByProps) {
  const { at, requestId, tokenId, actor } = evidence
  const by = tokenId === null ? nameOf(actor) : connection(tokens.get(tokenId) ?? tokenId)
  if (at === null && requestId === null && by === undefined) return null
  return (
    <p class="why-made">
      {by === undefined ? `${verb} ` : `${verb} by ${by} `}
      {at === null ? null : <Time at={at} />}
      {requestId === null ? null : (
        <>
          {', request '}
          <code>{requestId}</code>
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
