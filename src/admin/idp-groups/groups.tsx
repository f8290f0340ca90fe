// /admin/scim/groups: which of the IdP's groups open memories: a tree to walk through, and a list to search.
import { fold } from '@plur-enterprise/scim'
import { countIdpGroups, findIdpGroups, type GroupTotals, type IdpGroup } from '../../permissions/idp-groups.ts'
import { type PermissionSettings, readSettings } from '../../permissions/settings.ts'
import { LinkButton } from '../../web/components/button.tsx'
import { Card, Empty } from '../../web/components/card.tsx'
import { Tabs } from '../../web/components/tabs.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { ListView, PAGE_ROWS, parseSearch, type Search, searchHref } from './list-view.tsx'
import { loadTree, type Tree } from './load-tree.ts'
import { TreeView } from './tree-view.tsx'

type Model = {
  readonly settings: PermissionSettings
  readonly totals: GroupTotals
  readonly search: Search
  readonly found: { readonly kind: 'tree'; readonly tree: Tree } | { readonly kind: 'list'; readonly groups: readonly IdpGroup[] }
}

export const groupsPage = page('/admin/scim/groups', {
  async show(visit: MemberVisit) {
    return render(visit, { title: 'IdP groups' }, <GroupsView visit={visit} model={await load(visit)} />)
  },
})

async function load(visit: MemberVisit): Promise<Model> {
  const { work, principal, query } = visit
  const { orgId } = principal
  const settings = await readSettings(work, orgId)
  const totals = await countIdpGroups(work, orgId)
  const search = parseSearch(query)
  if (search.text === '' && search.state === 'all') {
    return { settings, totals, search, found: { kind: 'tree', tree: await loadTree(visit, settings.separator) } }
  }
  const groups = await findIdpGroups(work, orgId, { ...search, text: fold(search.text), limit: PAGE_ROWS + 1 })
  return { settings, totals, search, found: { kind: 'list', groups } }
}

function GroupsView({ visit, model }: { readonly visit: MemberVisit; readonly model: Model }) {
  const { settings, totals, search, found } = model
  return (
    <Layout
      visit={visit}
      title="IdP groups"
      lead="A group that is on opens a scope: its members read what their agents remember there, and write to it as their role says."
      actions={
        <LinkButton href="/admin/scim/groups/rules" icon="settings">
          Rules and paths
        </LinkButton>
      }
    >
      {totals.all === 0 ? (
        <NothingPushed />
      ) : (
        <>
          <p class="muted">{summary(settings)}</p>
          <StateTabs totals={totals} search={search} />
          <SearchForm search={search} />
          <Card>
            {found.kind === 'tree' ? (
              <TreeCard tree={found.tree} settings={settings} />
            ) : (
              <ListView search={search} groups={found.groups} settings={settings} />
            )}
          </Card>
        </>
      )}
    </Layout>
  )
}

function summary({ rules, memberRole, prefix }: PermissionSettings): string {
  const byRule =
    rules.length === 0
      ? 'No rule switches groups by itself: a group is off until you switch it on.'
      : `A group that nobody switched by hand follows the first of ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'} that matches its name.`
  return `${byRule} Members get the role ${memberRole} where a group says nothing else${prefix === '' ? '' : `, and every path begins with ${prefix}`}.`
}

function NothingPushed() {
  return (
    <Card>
      <Empty icon="groups" title="No group has been pushed yet">
        <p>
          Groups appear here when your identity provider pushes them, and do nothing until you switch them on. In Okta that is{' '}
          <em>Push Groups</em>, in Entra <em>Users and groups</em>.
        </p>
        <LinkButton href="/admin/scim/setup" look="primary" icon="setup">
          To the setup
        </LinkButton>
      </Empty>
    </Card>
  )
}

function StateTabs({ totals, search: { text, state } }: { readonly totals: GroupTotals; readonly search: Search }) {
  const tab = (name: Search['state'], label: string, count: number) => ({
    href: searchHref({ text, state: name }),
    label,
    count,
    current: state === name,
  })
  return (
    <Tabs
      label="States"
      tabs={[
        tab('all', 'All', totals.all),
        tab('on', 'On', totals.on),
        tab('off', 'Off', Math.max(0, totals.all - totals.on - totals.held)),
        tab('held', 'Conflicts', totals.held),
        tab('unknown', 'Unknown members', totals.unknown),
      ]}
    />
  )
}

function SearchForm({ search: { text, state } }: { readonly search: Search }) {
  return (
    <form method="get" action="/admin/scim/groups" class="search" role="search">
      {state === 'all' ? null : <input type="hidden" name="state" value={state} />}
      <label class="unseen" for="q">
        Find a group by its name
      </label>
      <input id="q" name="q" type="search" value={text} placeholder="Find a group by its name" maxLength={200} />
      <button type="submit" class="button plain">
        Find
      </button>
    </form>
  )
}

function TreeCard({ tree, settings }: { readonly tree: Tree; readonly settings: PermissionSettings }) {
  const { under, isFirstPage, rows } = tree
  return (
    <>
      {under === '' && isFirstPage ? null : <Trail under={under} separator={fold(settings.separator)} />}
      {rows.length === 0 ? (
        <Empty icon="folder" title="Nothing here">
          <p>
            No group lies here any more. <a href="/admin/scim/groups">All groups</a>
          </p>
        </Empty>
      ) : (
        <TreeView tree={tree} settings={settings} />
      )}
    </>
  )
}

function Trail({ under, separator }: { readonly under: string; readonly separator: string }) {
  const parts = under.split(separator).slice(0, -1)
  return (
    <nav class="trail" aria-label="Folders">
      <a href="/admin/scim/groups">All groups</a>
      {parts.map((part, i) => {
        const prefix = parts.slice(0, i + 1).join(separator) + separator
        return (
          <a key={prefix} href={`/admin/scim/groups?${new URLSearchParams({ under: prefix })}`}>
            {part}
          </a>
        )
      })}
    </nav>
  )
}
