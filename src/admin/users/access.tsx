// /admin/users/<id>/access: every scope that somebody reads or writes, and why: each way from the person to the scope, with who made each
// step, when, and by which request.
import type { Account } from '../../directory/accounts.ts'
import { listScimTokens } from '../../auth/scim-tokens.ts'
import { type Evidence, explainAll, type Path, type Step, type Why } from '../../permissions/why.ts'
import { Badge } from '../../web/components/badge.tsx'
import { Card, Empty } from '../../web/components/card.tsx'
import { Time } from '../../web/components/time.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { requestHref } from '../audit/address.ts'
import { actorInWords } from '../audit/words.ts'
import { groupHref } from '../groups/address.ts'
import { getPerson, nameOf, PersonFrame } from './person.tsx'

const SCOPES_SHOWN = 100
const PATHS_SHOWN = 10

export const personAccessPage = page('/admin/users/:id/access', {
  async show(visit: MemberVisit, { id }) {
    const { work, principal, query } = visit
    const account = await getPerson(visit, id)
    const [scopes, tokens] = await Promise.all([
      explainAll(work, { orgId: principal.orgId, accountId: account.id }),
      listScimTokens(work, principal.orgId),
    ])
    const names = new Map(tokens.map((token) => [token.id, token.name]))
    return render(
      visit,
      { title: `Access of ${nameOf(account)}` },
      <AccessView visit={visit} account={account} scopes={scopes} tokens={names} open={query.get('scope')} />,
    )
  },
})

type AccessProps = {
  readonly visit: MemberVisit
  readonly account: Account
  readonly scopes: readonly Why[]
  /** Names of SCIM tokens by id. */
  readonly tokens: ReadonlyMap<string, string>
  /** The scope whose ways are open from the beginning. */
  readonly open: string | null
}

function AccessView({ visit, account, scopes, tokens, open }: AccessProps) {
  return (
    <PersonFrame visit={visit} account={account} view="/access">
      {scopes.length === 0 ? (
        <Card>
          <Empty icon="lock" title="No access to anything">
            <p>The account is disabled, so that it reads and writes nothing. Its groups are kept and count again when it is enabled.</p>
          </Empty>
        </Card>
      ) : (
        <Card title={scopes.length === 1 ? 'One scope' : `${scopes.length} scopes`}>
          <p class="muted">Open a scope to see every way that leads to it. A change of groups counts from the next request on.</p>
          <div class="whys">
            {scopes.slice(0, SCOPES_SHOWN).map((why) => (
              <WhyScope key={why.scope} why={why} account={account} tokens={tokens} open={open === why.scope} />
            ))}
          </div>
          {scopes.length > SCOPES_SHOWN ? <p class="muted">{`The first ${SCOPES_SHOWN} are shown.`}</p> : null}
        </Card>
      )}
    </PersonFrame>
  )
}

type WhyProps = Pick<AccessProps, 'account' | 'tokens'> & { readonly why: Why; readonly open: boolean }

function WhyScope({ why, account, tokens, open }: WhyProps) {
  const { scope, writable, paths, truncated } = why
  return (
    <details class="why" open={open}>
      <summary>
        <code>{scope}</code>
        <Badge tone={writable ? 'good' : 'info'}>{writable ? 'read and write' : 'read'}</Badge>
        <span class="subtle">{shortly(paths)}</span>
      </summary>
      <ul class="why-paths">
        {paths.slice(0, PATHS_SHOWN).map((path, i) => (
          <li key={i}>
            <WhyPath path={path} account={account} scope={scope} tokens={tokens} />
          </li>
        ))}
      </ul>
      {truncated || paths.length > PATHS_SHOWN ? <p class="muted">There are more ways than these.</p> : null}
    </details>
  )
}

/** The first way in a few words. */
function shortly(paths: readonly Path[]): string {
  const [first] = paths
  const groups = (first?.steps ?? []).flatMap((step) => ('group' in step ? [step.group.name] : []))
  const more = paths.length > 1 ? ` and ${paths.length - 1} more ${paths.length === 2 ? 'way' : 'ways'}` : ''
  if (groups.length > 0) return `through ${groups.join(' → ').replaceAll(' → ', ', inside ')}${more}`
  const [step] = first?.steps ?? []
  return step?.kind === 'everybody' ? step.detail : ''
}

type PathProps = Pick<AccessProps, 'account' | 'tokens'> & { readonly path: Path; readonly scope: string }

function WhyPath({ path, account, scope, tokens }: PathProps) {
  return (
    <>
      <ol class="why-path">
        <li>
          <b>{nameOf(account)}</b>
        </li>
        {path.steps.map((step, i) => (
          <li key={i}>
            <WhyStep step={step} scope={scope} tokens={tokens} />
          </li>
        ))}
      </ol>
      <p class="subtle">{path.writable ? 'This way leads to reading and writing.' : 'This way leads to reading.'}</p>
    </>
  )
}

type StepProps = Pick<PathProps, 'scope' | 'tokens'> & { readonly step: Step }

function WhyStep({ step, scope, tokens }: StepProps) {
  switch (step.kind) {
    case 'everybody':
      return <p>{step.detail}</p>
    case 'member':
    case 'nested':
      return (
        <>
          <p>
            {step.kind === 'member' ? 'is in ' : step.by === 'idp' ? 'which the IdP put inside ' : 'which by its name lies inside '}
            <a href={groupHref(step.group.path)}>{step.group.name}</a>
            {` as ${step.role}`}
          </p>
          <Made evidence={step.evidence} tokens={tokens} />
        </>
      )
    case 'carries':
      return (
        <>
          <p>
            whose scope is <code>{scope}</code>
          </p>
          <Made evidence={step.evidence} tokens={tokens} verb="selected" />
        </>
      )
    case 'granted':
      return (
        <>
          <p>
            {`which was granted, as ${step.role}, `}
            <code>{scope}</code>
          </p>
          <Made evidence={step.evidence} tokens={tokens} verb="granted" />
        </>
      )
  }
}

type MadeProps = Pick<AccessProps, 'tokens'> & { readonly evidence: Evidence; readonly verb?: string }

function Made({ evidence: { at, requestId, tokenId, actor }, tokens, verb = 'added' }: MadeProps) {
  const by = tokenId === null ? (actor === null ? undefined : actorInWords(actor)) : (tokens.get(tokenId) ?? `the token ${tokenId}`)
  return (
    <p class="subtle">
      {by === undefined ? verb : `${verb} by ${by}`}
      {at === null ? null : (
        <>
          {' '}
          <Time at={at} exact />
        </>
      )}
      {requestId === null ? null : (
        <>
          {' · '}
          <a class="subtle" href={requestHref(requestId)}>
            the request
          </a>
        </>
      )}
    </p>
  )
}
