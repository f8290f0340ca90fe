// /admin/users/<id>/access: every scope that somebody reads or writes, and why: each way from the person to the scope, with who made each
// step, when, and by which request.
import type { Account } from '../../directory/accounts.ts'
import { listScimTokens } from '../../auth/scim-tokens.ts'
import { explainAll, type Path, type Why } from '../../permissions/why.ts'
import { Card, Empty } from '../../web/components/card.tsx'
import { Right, Way } from '../../web/components/why-paths.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { requestHref } from '../audit/address.ts'
import { groupHref } from '../groups/address.ts'
import { getPerson, nameOf, PersonFrame } from './person.tsx'

const SCOPES_SHOWN = 100
const PATHS_SHOWN = 10
const LINKS = { group: groupHref, request: requestHref }

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
        <Right writable={writable} />
        <span class="subtle">{shortly(paths)}</span>
      </summary>
      <ul class="why-paths">
        {paths.slice(0, PATHS_SHOWN).map((path, i) => (
          <li key={i}>
            <Way path={path} scope={scope} person={nameOf(account)} tokens={tokens} links={LINKS} />
            <p class="subtle">{path.writable ? 'This way leads to reading and writing.' : 'This way leads to reading.'}</p>
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
