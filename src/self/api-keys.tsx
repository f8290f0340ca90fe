// /me/api-keys: the keys with which my agents reach /api/v1.
import { z } from 'zod'
import { type ApiKey, type IssuedKey, issueApiKey, listApiKeys, revokeApiKey } from '../auth/api-keys.ts'
import type { HttpResponse } from '../http/message.ts'
import { resolveAccess } from '../permissions/access.ts'
import { DomainError } from '../primitives/errors.ts'
import { seeOther } from '../web/answer.ts'
import { Badge } from '../web/components/badge.tsx'
import { Button, Confirm } from '../web/components/button.tsx'
import { Card, Empty } from '../web/components/card.tsx'
import { Copy, SecretOnce } from '../web/components/copy.tsx'
import { Field, Select } from '../web/components/field.tsx'
import { Form } from '../web/components/form.tsx'
import type { Tone } from '../web/components/notice-bar.tsx'
import { type Column, Table } from '../web/components/table.tsx'
import { Time } from '../web/components/time.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../web/form.ts'
import { Layout } from '../web/layout.tsx'
import { page } from '../web/pages.ts'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'
import { clientConfig, CONFIG_FILE } from './client-config.ts'

const PATH = '/me/api-keys'
const SECONDS_A_DAY = 24 * 60 * 60
/** Of those that work no more, the latest. */
const DEAD_SHOWN_MAX = 20

const LIVES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'a year' },
  { value: 'never', label: 'never (not advised)' },
] as const
const LIFE_DEFAULT = '365'

const SCHEMA = z.object({
  name: z.string().trim().min(1, 'Give it a name by which you will know it, such as "laptop".').max(200, 'Use at most 200 characters.'),
  life: z.enum(['30', '90', '365', 'never'], 'Choose how long it lives.'),
})

export const apiKeysPage = page(PATH, {
  show: (visit: MemberVisit) => answer(visit, NOTHING_ENTERED),
  async act(visit: MemberVisit, _, form) {
    const reading = checkForm(SCHEMA, form)
    if (reading.kind === 'wrong') return answer(visit, reading)
    const { name, life } = reading.value
    const { work, context, principal } = visit
    const lifetimeSeconds = life === 'never' ? null : Number(life) * SECONDS_A_DAY
    try {
      return await answerNew(visit, await issueApiKey(work, context, { accountId: principal.accountId, name, lifetimeSeconds }))
    } catch (error) {
      if (!(error instanceof DomainError) || error.code === 'conflict') throw error
      return answer(visit, { values: { name, life }, problems: { name: error.message } })
    }
  },
})

export const revokeKeyAction = page(`${PATH}/:id/revoke`, {
  async act(visit: MemberVisit, { id }) {
    const { work, context, principal } = visit
    const { name } = await revokeApiKey(work, context, { id, accountId: principal.accountId })
    return seeOther(visit, PATH, { kind: 'done', text: `The key ${name} is revoked: the next request with it is refused.` })
  },
})

async function answer(visit: MemberVisit, entered: Entered): Promise<HttpResponse> {
  const { work, principal } = visit
  const keys = (await listApiKeys(work, principal.orgId, principal.accountId)).toReversed()
  const isWrong = Object.keys(entered.problems).length > 0
  return render(visit, { title: 'API keys', ...(isWrong ? { status: 400 } : {}) }, <KeysView visit={visit} keys={keys} entered={entered} />)
}

type KeysProps = { readonly visit: MemberVisit; readonly keys: readonly ApiKey[]; readonly entered: Entered }

function KeysView({ visit, keys, entered }: KeysProps) {
  const live = keys.filter(({ state }) => state === 'active')
  const dead = keys.filter(({ state }) => state !== 'active').slice(0, DEAD_SHOWN_MAX)
  return (
    <Layout visit={visit} title="API keys" lead="Your agents use these in your name: they see what you see, and die with your access.">
      <Card title="Your keys">
        {live.length === 0 ? (
          <Empty icon="key" title="No key yet">
            <p>Make one for each machine or agent, so that you can revoke it alone.</p>
          </Empty>
        ) : (
          <Table caption="Keys that work" rows={live} keyOf={({ id }) => id} columns={[...COLUMNS, REVOKE]} />
        )}
      </Card>
      <Card title="New key" id="new">
        <Form action={PATH} class="fields">
          <Field name="name" label="Name" hint="What it is for: laptop, build server, …" entered={entered} maxLength={200} required />
          <Select name="life" label="Expires after" entered={entered} value={LIFE_DEFAULT} choices={LIVES} />
          <div>
            <Button look="primary" icon="key">
              Make key
            </Button>
          </div>
        </Form>
      </Card>
      {dead.length === 0 ? null : (
        <details class="more">
          <summary>Keys that work no more</summary>
          <Card>
            <Table caption="Keys that work no more" rows={dead} keyOf={({ id }) => id} columns={[COLUMNS_STATE, ...COLUMNS]} />
          </Card>
        </details>
      )}
    </Layout>
  )
}

const TONES: Readonly<Record<ApiKey['state'], Tone>> = { active: 'good', expired: 'warn', revoked: 'bad', dead: 'bad' }

const COLUMNS_STATE: Column<ApiKey> = { label: 'State', cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge> }

const COLUMNS: readonly Column<ApiKey>[] = [
  { label: 'Name', cell: ({ name }) => name },
  { label: 'Key', cell: ({ id }) => <code>{`plur_sk_${id.slice(0, 6)}…`}</code> },
  { label: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { label: 'Expires', cell: ({ expiresAt }) => (expiresAt === null ? <Badge tone="warn">never</Badge> : <Time at={expiresAt} />) },
  { label: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? <span class="muted">never</span> : <Time at={lastUsedAt} />) },
]

const REVOKE: Column<ApiKey> = {
  label: 'Actions',
  kind: 'actions',
  cell: ({ id, name }) => (
    <Confirm label="Revoke" small action={`${PATH}/${id}/revoke`} confirm="Revoke">
      <p>{`Whatever uses the key ${name} is refused from the next request on. This cannot be undone.`}</p>
    </Confirm>
  ),
}

async function answerNew(visit: MemberVisit, { key, row }: IssuedKey): Promise<HttpResponse> {
  const scopes = await resolveAccess(visit.work, visit.principal)
  const config = clientConfig({ publicUrl: visit.publicUrl, key, scopes })
  return render(
    visit,
    { title: 'Your new API key' },
    <Layout visit={visit} title={`New key: ${row.name}`} trail={[{ href: PATH, label: 'API keys' }]}>
      <SecretOnce secret={key} what="API key" doneHref={PATH}>
        <h3>For a PLUR client</h3>
        <p>
          Put this into <code>{CONFIG_FILE}</code>, or add its entries to the stores that are there. The client finds scopes that you get
          later by itself.
        </p>
        <Copy text={config} what="the configuration" block />
        <h3>For anything else</h3>
        <p>
          Send the key as a bearer token to <code>{`${visit.publicUrl}/api/v1`}</code>, which is described at{' '}
          <code>/api/v1/openapi.yaml</code>.
        </p>
      </SecretOnce>
    </Layout>,
  )
}
