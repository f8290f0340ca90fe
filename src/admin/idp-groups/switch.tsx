// /admin/scim/groups/switch: groups on, off or back to the rules, one or a whole folder, with what it would do before it is done.
import { readSubtree, SUBTREE_MAX } from '../../permissions/idp-group-tree.ts'
import type { Named } from '../../permissions/idp-groups.ts'
import { preview, type Preview } from '../../permissions/preview.ts'
import { type GroupSwitch, switchGroups } from '../../permissions/selecting.ts'
import type { Switch } from '../../permissions/selection.ts'
import { readSettings } from '../../permissions/settings.ts'
import { DomainError } from '../../primitives/errors.ts'
import { seeOther } from '../../web/answer.ts'
import { Button, LinkButton } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { Form } from '../../web/components/form.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Tabs } from '../../web/components/tabs.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { getGroup, GROUP_ID } from './group-id.ts'
import { PreviewView } from './preview-view.tsx'

const GOALS = ['on', 'off', 'rules'] as const
type Goal = (typeof GOALS)[number]

const WORDS: Readonly<Record<Goal, { readonly tab: string; readonly button: string; readonly done: string }>> = {
  on: { tab: 'Switch on', button: 'Switch on', done: 'on' },
  off: { tab: 'Switch off', button: 'Switch off', done: 'off' },
  rules: { tab: 'Let the rules decide', button: 'Let the rules decide', done: 'left to the rules' },
}

/** Groups that can be ticked one by one. */
const IDS_MAX = 200

/** Which groups, and what is to become of them, as addresses and forms say it. */
type Wish = { readonly goal: Goal; readonly ids: readonly string[]; readonly under: string | undefined; readonly takeOver: boolean }

function parseWish(fields: URLSearchParams): Wish {
  const goal = GOALS.find((name) => name === fields.get('to')) ?? 'on'
  const ids = [...new Set(fields.getAll('id'))].filter((id) => GROUP_ID.test(id))
  if (ids.length > IDS_MAX)
    throw new DomainError('invalid', `At most ${IDS_MAX} groups at once; for more, switch their folder or make a rule.`)
  return { goal, ids, under: fields.get('under') || undefined, takeOver: fields.get('takeOver') === 'on' }
}

function fieldsOf({ goal, ids, under, takeOver }: Wish): [string, string][] {
  return [
    ['to', goal],
    ...(under === undefined ? ids.map((id): [string, string] => ['id', id]) : [['under', under] satisfies [string, string]]),
    ...(takeOver ? [['takeOver', 'on'] satisfies [string, string]] : []),
  ]
}

const hrefOf = (wish: Wish) => `/admin/scim/groups/switch?${new URLSearchParams(fieldsOf(wish))}`

/** The groups that are meant. Throws `not_found`, and `invalid` for more than can be switched together. */
async function loadGroups(visit: MemberVisit, { ids, under }: Wish): Promise<readonly Named[]> {
  if (under === undefined) return Promise.all(ids.map((id) => getGroup(visit, id)))
  const { separator } = await readSettings(visit.work, visit.principal.orgId)
  const groups = await readSubtree(visit.work, visit.principal.orgId, { prefix: under, separator })
  if (groups.length > SUBTREE_MAX) {
    throw new DomainError('invalid', `${under} has more than ${SUBTREE_MAX.toLocaleString('en')} groups: make a rule instead.`)
  }
  return groups
}

const switchesOf = (groups: readonly Named[], { goal, takeOver }: Wish): readonly GroupSwitch[] => {
  const switched: Switch | null = goal === 'rules' ? null : goal
  return groups.map(({ id }) => ({ id, switched, takeOver }))
}

export const switchPage = page('/admin/scim/groups/switch', {
  async show(visit: MemberVisit) {
    const { work, context, principal } = visit
    const wish = parseWish(visit.query)
    const groups = await loadGroups(visit, wish)
    if (groups.length === 0) return seeOther(visit, '/admin/scim/groups', { kind: 'problem', text: 'No group was ticked.' })
    const foreseen = await preview(work, principal.orgId, (tx) => switchGroups(tx, context, switchesOf(groups, wish)))
    return render(visit, { title: titleOf(groups, wish) }, <SwitchView visit={visit} wish={wish} groups={groups} preview={foreseen} />)
  },
  async act(visit, _, form) {
    const wish = parseWish(form)
    const groups = await loadGroups(visit, wish)
    await switchGroups(visit.work, visit.context, switchesOf(groups, wish))
    const [first] = groups
    const text = `${groups.length === 1 && first !== undefined ? `${first.name} is` : `${groups.length.toLocaleString('en')} groups are`} ${WORDS[wish.goal].done}.`
    return seeOther(visit, '/admin/scim/groups', { kind: 'done', text })
  },
})

function titleOf(groups: readonly Named[], { under, goal }: Wish): string {
  const [first, ...others] = groups
  const what =
    others.length === 0
      ? (first?.name ?? '')
      : `${groups.length.toLocaleString('en')} groups${under === undefined ? '' : ` in ${under.replace(/[^\p{L}\p{N}]+$/u, '')}`}`
  return `${WORDS[goal].button}: ${what}`
}

type SwitchViewProps = {
  readonly visit: MemberVisit
  readonly wish: Wish
  readonly groups: readonly Named[]
  readonly preview: Preview
}

function SwitchView({ visit, wish, groups, preview: foreseen }: SwitchViewProps) {
  const { goal, under } = wish
  const retained = goal === 'on' && !wish.takeOver && foreseen.conflicts.some(({ reason }) => reason === 'retained')
  return (
    <Layout visit={visit} title={titleOf(groups, wish)} trail={[{ href: '/admin/scim/groups', label: 'IdP groups' }]}>
      <Tabs
        label="What to do"
        tabs={GOALS.map((one) => ({ href: hrefOf({ ...wish, goal: one, takeOver: false }), label: WORDS[one].tab, current: one === goal }))}
      />
      <Card title="What would happen">
        <PreviewView preview={foreseen} />
        {retained ? (
          <Callout tone="info" title="Memories of an earlier group lie there">
            <p>The group can take that scope over: its members then read and write what the earlier group remembered.</p>
            <LinkButton href={hrefOf({ ...wish, takeOver: true })} small>
              See what taking over would do
            </LinkButton>
          </Callout>
        ) : null}
        <Form action="/admin/scim/groups/switch" class="actions">
          {fieldsOf(wish).map(([name, value]) => (
            <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
          ))}
          <Button look="primary">{wish.takeOver ? 'Take over and switch on' : WORDS[goal].button}</Button>
          <LinkButton href="/admin/scim/groups" look="quiet">
            Cancel
          </LinkButton>
        </Form>
      </Card>
      {under === undefined ? null : <RuleHint under={under} />}
    </Layout>
  )
}

/** What is switched by hand does not hold for groups that come later. */
function RuleHint({ under }: { readonly under: string }) {
  return (
    <Callout tone="info" title="Groups that come later">
      <p>
        This switches the groups that are here now. A rule also switches those that will be pushed later:{' '}
        <a href={`/admin/scim/groups/rules?${new URLSearchParams({ add: `${under}**` })}`}>{`make a rule for ${under}**`}</a>.
      </p>
    </Callout>
  )
}
