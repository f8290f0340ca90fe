// /admin/scim/setup: from nothing to a connected identity provider on one page: the token, where it goes, and what has arrived.
import { type Idp, listScimTokens, type ScimToken } from '../../auth/scim-tokens.ts'
import type { IssuedToken } from '../../auth/token-lifecycle.ts'
import { Button } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { SecretOnce } from '../../web/components/copy.tsx'
import { Form } from '../../web/components/form.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Tabs } from '../../web/components/tabs.tsx'
import { Time } from '../../web/components/time.tsx'
import { type Entered, NOTHING_ENTERED } from '../../web/form.ts'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { findIdp, IDP_NAMES, IDPS } from '../tokens/idp.ts'
import { ExpiryFields, ImmutableField, makeToken, NameField } from '../tokens/token-form.tsx'
import { isLive, TokenState } from '../tokens/token-state.tsx'
import { addressProblem } from './fields.ts'
import { Help } from './help.tsx'
import { isWaiting, loadProgress, type Progress, ProgressPart } from './progress.tsx'
import { Steps } from './steps.tsx'

const TITLE = 'Connect an identity provider'
/** Without script the page asks again by itself while it waits. */
const REFRESH_SECONDS = 5

type Model = {
  readonly idp: Idp
  /** Live tokens for this identity provider, the newest first. */
  readonly tokens: readonly ScimToken[]
  /** Of the token that is followed. */
  readonly progress: Progress | undefined
  readonly issued: IssuedToken | undefined
  readonly entered: Entered
}

export const setupPage = page('/admin/scim/setup', {
  async show(visit: MemberVisit) {
    const model = await load(visit, { chosen: visit.query.get('token') })
    const { progress } = model
    const refreshSeconds = progress !== undefined && isWaiting(progress) ? REFRESH_SECONDS : undefined
    return render(visit, { title: TITLE, refreshSeconds }, <SetupView visit={visit} model={model} />)
  },
  async act(visit, _, form) {
    const making = await makeToken(visit, form)
    if (making.kind === 'wrong') {
      const model = { ...(await load(visit, { chosen: 'none', idp: form.get('idp') })), entered: making }
      return render(visit, { title: TITLE, status: 400 }, <SetupView visit={visit} model={model} />)
    }
    const { issued } = making
    const model = { ...(await load(visit, { chosen: issued.row.id, idp: issued.row.idp })), issued }
    return render(visit, { title: TITLE }, <SetupView visit={visit} model={model} />)
  },
})

/** `chosen`: the id of a token, `none` for a new one; otherwise the newest. */
async function load(visit: MemberVisit, { chosen, idp: named }: { chosen: string | null; idp?: string | null }): Promise<Model> {
  const all = await listScimTokens(visit.work, visit.principal.orgId)
  const followed = all.find(({ id }) => id === chosen)
  const live = all.filter((token) => isLive(token) && token.rotatedTo === null).toReversed()
  const idp = followed?.idp ?? findIdp(named ?? visit.query.get('idp')) ?? live[0]?.idp ?? 'okta'
  const tokens = live.filter((token) => token.idp === idp)
  const token = chosen === 'none' ? undefined : (followed ?? tokens[0])
  return {
    idp,
    tokens,
    progress: token === undefined ? undefined : await loadProgress(visit, token),
    issued: undefined,
    entered: NOTHING_ENTERED,
  }
}

const hrefOf = (query: Readonly<Record<string, string>>) => `/admin/scim/setup?${new URLSearchParams(query)}`

function SetupView({ visit, model }: { readonly visit: MemberVisit; readonly model: Model }) {
  const { idp, progress, issued } = model
  const problem = addressProblem(idp, visit.publicUrl)
  return (
    <Layout visit={visit} title={TITLE} lead="People and groups then come and go by themselves. It takes about ten minutes.">
      <Tabs
        label="Identity provider"
        tabs={IDPS.map((one) => ({ href: hrefOf({ idp: one }), label: IDP_NAMES[one], current: one === idp }))}
      />
      {problem === undefined ? null : (
        <Callout tone="warn" title="It will not reach this address">
          <p>{problem}</p>
        </Callout>
      )}
      {issued === undefined ? <TokenStep visit={visit} model={model} /> : <SecretStep issued={issued} />}
      <Card title={`2. Enter it in ${idp === 'generic' ? 'the identity provider' : IDP_NAMES[idp]}`} id="enter">
        <Steps idp={idp} publicUrl={visit.publicUrl} secret={issued?.token} />
      </Card>
      <Card title="3. Watch it arrive" id="watch">
        {progress === undefined ? (
          <p class="muted">
            Once there is a token, this shows the first request, the first person and the first group, and what was refused.
          </p>
        ) : (
          <ProgressPart progress={progress} />
        )}
      </Card>
      <Help idp={idp} />
    </Layout>
  )
}

function SecretStep({ issued: { token, row } }: { readonly issued: IssuedToken }) {
  return (
    <SecretOnce secret={token} what="SCIM token" doneHref={hrefOf({ idp: row.idp, token: row.id })}>
      <p class="muted">The steps below say where it goes. Leave this page open until you have entered it.</p>
    </SecretOnce>
  )
}

function TokenStep({ visit, model: { idp, tokens, progress, entered } }: { readonly visit: MemberVisit; readonly model: Model }) {
  const followed = progress?.token
  return (
    <Card title="1. Make a token" id="token">
      {followed === undefined ? (
        <Form action="/admin/scim/setup" class="fields" hidden={{ idp }}>
          <NameField entered={entered} value={tokens.length === 0 ? defaultName(idp) : ''} />
          <ExpiryFields entered={entered} days={visit.scimTokenDays} />
          {idp === 'okta' ? null : <ImmutableField entered={entered} />}
          <div>
            <Button look="primary" icon="key">
              Make the token
            </Button>
          </div>
        </Form>
      ) : (
        <>
          <p>
            <a class="strong" href={`/admin/scim/tokens/${followed.id}`}>
              {followed.name}
            </a>{' '}
            <TokenState token={followed} now={visit.clock.now()} />{' '}
            <span class="muted">
              made <Time at={followed.createdAt} />
            </span>
          </p>
          <p class="muted">
            Not stored? <a href={`/admin/scim/tokens/${followed.id}/rotate`}>Rotate it</a> to see a new one, or{' '}
            <a href={hrefOf({ idp, token: 'none' })}>make another token</a> for another connection.
            <OtherTokens idp={idp} tokens={tokens.filter(({ id }) => id !== followed.id)} />
          </p>
        </>
      )}
    </Card>
  )
}

function OtherTokens({ idp, tokens }: { readonly idp: Idp; readonly tokens: readonly ScimToken[] }) {
  if (tokens.length === 0) return null
  return (
    <>
      {' Or follow '}
      {tokens.slice(0, 5).map(({ id, name }, i) => (
        <>
          {i === 0 ? '' : ', '}
          <a href={hrefOf({ idp, token: id })}>{name}</a>
        </>
      ))}
      .
    </>
  )
}

function defaultName(idp: Idp): string {
  return idp === 'generic' ? '' : IDP_NAMES[idp]
}
