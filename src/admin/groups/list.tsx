// /admin/groups: the permission graph as a tree and as a picture.
import { countEngrams, ENGRAMS_COUNTED } from '../../memory/counts.ts'
import { listRetainedScopes, type PermissionGraph, readGraphPart, readNeighbourhood, type RetainedScope } from '../../permissions/graph.ts'
import { Badge } from '../../web/components/badge.tsx'
import { Button, LinkButton } from '../../web/components/button.tsx'
import { Card, Empty } from '../../web/components/card.tsx'
import { Field } from '../../web/components/field.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Pager } from '../../web/components/pager.tsx'
import { Table } from '../../web/components/table.tsx'
import { Tabs } from '../../web/components/tabs.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { graphHref, groupHref, GROUPS_PATH } from './address.ts'
import { Drawing } from './drawing.tsx'
import { Tree } from './tree.tsx'

const TREE_SHOWN = 100
/** Groups of one picture; past it somebody has to choose what to look at. */
const DRAWN_MAX = 250
const RETAINED_SHOWN = 20
const TEXT_MAX = 200

export const groupsPage = page('/admin/groups', {
  async show(visit: MemberVisit) {
    return render(visit, { title: 'Permission graph' }, <GroupsView visit={visit} {...(await load(visit))} />)
  },
})

type Model = {
  readonly view: 'tree' | 'picture'
  readonly focus: string | undefined
  readonly text: string | undefined
  readonly graph: PermissionGraph
  /** The path after which the next page begins. */
  readonly next: string | undefined
  /** There are more groups than are drawn. */
  readonly tooMany: boolean
  readonly isFirstPage: boolean
  readonly retained: readonly (RetainedScope & { readonly engrams: number })[]
}

async function load({ work, principal: { orgId }, query }: MemberVisit): Promise<Model> {
  const given = (name: string) => query.get(name)?.trim().replaceAll('\0', '').slice(0, TEXT_MAX) || undefined
  const view = query.get('view') === 'picture' ? 'picture' : 'tree'
  const [focus, text, after] = [given('focus'), given('q'), query.get('after')?.replaceAll('\0', '') || undefined]
  const limit = view === 'tree' ? TREE_SHOWN : DRAWN_MAX
  const read =
    view === 'picture' && focus !== undefined
      ? await readNeighbourhood(work, orgId, { path: focus, limit: limit + 1 })
      : await readGraphPart(work, orgId, { after: view === 'tree' ? after : undefined, text, limit: limit + 1 })
  const nodes = read.nodes.slice(0, limit)
  const more = read.nodes.length > limit
  const scopes = view === 'tree' && after === undefined && text === undefined ? await listRetainedScopes(work, orgId, RETAINED_SHOWN) : []
  const engrams = await countEngrams(
    work,
    orgId,
    scopes.map(({ id }) => id),
  )
  return {
    view,
    focus,
    text,
    graph: { ...read, nodes },
    next: more && view === 'tree' ? nodes.at(-1)?.path : undefined,
    tooMany: more && view === 'picture',
    isFirstPage: after === undefined,
    retained: scopes.map((scope) => ({ ...scope, engrams: engrams.get(scope.id) ?? 0 })),
  }
}

function GroupsView({ visit, ...model }: Model & { readonly visit: MemberVisit }) {
  const { view, text, focus } = model
  return (
    <Layout
      visit={visit}
      title="Permission graph"
      lead="Which groups open which memories."
      actions={
        <>
          <LinkButton href="/admin/scim/groups" icon="groups">
            Select IdP groups
          </LinkButton>
          <LinkButton href={`${GROUPS_PATH}/new`} icon="add">
            Local group
          </LinkButton>
        </>
      }
    >
      <form method="get" action={GROUPS_PATH} class="search" role="search">
        {view === 'picture' ? <input type="hidden" name="view" value="picture" /> : null}
        <Field name="q" label="Path or name" type="search" value={text} maxLength={TEXT_MAX} literal />
        <Button icon="search">Search</Button>
      </form>
      <Tabs
        label="How it is shown"
        tabs={[
          { href: graphHref({ q: text }), label: 'Tree', current: view === 'tree' },
          { href: graphHref({ view: 'picture', q: text }), label: 'Picture', current: view === 'picture' && focus === undefined },
          ...(focus === undefined ? [] : [{ href: graphHref({ view: 'picture', focus }), label: `Near ${focus}`, current: true }]),
        ]}
      />
      {model.graph.nodes.length === 0 ? <NoGroups {...model} /> : view === 'tree' ? <TreeView {...model} /> : <PictureView {...model} />}
    </Layout>
  )
}

function NoGroups({ text, focus, retained }: Model) {
  const searched = text !== undefined || focus !== undefined
  return (
    <>
      <Card>
        <Empty icon="tree" title={searched ? 'No such group' : 'No group takes part yet'}>
          <p>
            {searched
              ? 'Nothing that takes part in the graph has this in its path or name.'
              : 'Groups of your identity provider take part once you select them. You can make groups here, too.'}
          </p>
        </Empty>
      </Card>
      <Retained retained={retained} />
    </>
  )
}

function TreeView({ graph, next, text, isFirstPage, retained }: Model) {
  return (
    <>
      <Card>
        <Tree graph={graph} />
      </Card>
      <Pager
        shown={graph.nodes.length}
        firstHref={isFirstPage ? undefined : graphHref({ q: text })}
        nextHref={next === undefined ? undefined : graphHref({ q: text, after: next })}
      />
      <Retained retained={retained} />
    </>
  )
}

function PictureView({ graph, focus, tooMany }: Model) {
  return (
    <>
      {tooMany ? (
        <Callout tone="info" title={`The first ${DRAWN_MAX} groups are drawn`}>
          <p>Search for a part of the path, or choose a group to see what is near it.</p>
        </Callout>
      ) : null}
      {focus === undefined ? null : (
        <p class="row">
          <a href={groupHref(focus)}>{`Open ${focus}`}</a>
          <a href={graphHref({ view: 'picture' })}>The whole graph</a>
        </p>
      )}
      <Card>
        <Drawing graph={graph} focus={focus} />
      </Card>
    </>
  )
}

function Retained({ retained }: Pick<Model, 'retained'>) {
  if (retained.length === 0) return null
  return (
    <Card title="Scopes that no group leads to">
      <p class="muted">
        Their group was deleted or is not selected any more. What they hold is kept and read by administrators only. A new group of the same
        name can take it over.
      </p>
      <Table
        caption="Retained scopes"
        rows={retained}
        keyOf={({ id }) => id}
        columns={[
          { label: 'Scope', cell: ({ name }) => <code>{name}</code> },
          {
            label: 'Engrams',
            cell: ({ engrams }) => <Badge>{engrams > ENGRAMS_COUNTED ? `more than ${ENGRAMS_COUNTED}` : String(engrams)}</Badge>,
          },
        ]}
      />
    </Card>
  )
}
