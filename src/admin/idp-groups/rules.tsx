// /admin/scim/groups/rules: which groups take part by themselves, and how their names become paths; with what a change would do before it
// is saved.
import { countDecided, type Decided } from '../../permissions/idp-groups.ts'
import { preview, type Preview } from '../../permissions/preview.ts'
import { changeSettings } from '../../permissions/selecting.ts'
import type { Rule } from '../../permissions/selection.ts'
import { type PermissionSettings, readSettings } from '../../permissions/settings.ts'
import { DomainError } from '../../primitives/errors.ts'
import { seeOther } from '../../web/answer.ts'
import { Button, LinkButton } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { Form } from '../../web/components/form.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render, renderPart } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { PreviewView } from './preview-view.tsx'
import { PathsCard, RulesCard } from './rules-fields.tsx'
import { readRulesForm, rearrange } from './rules-form.ts'

const TITLE = 'Rules and paths'

/** What the settings on the page would do. */
type Foreseen =
  | { readonly kind: 'seen'; readonly preview: Preview; readonly decided: Decided }
  | { readonly kind: 'wrong'; readonly problem: string }

type Model = { readonly settings: PermissionSettings; readonly foreseen: Foreseen | undefined }

export const rulesPage = page('/admin/scim/groups/rules', {
  async show(visit: MemberVisit) {
    const saved = await readSettings(visit.work, visit.principal.orgId)
    const added = (visit.query.get('add') ?? '').trim()
    const settings = added === '' ? saved : { ...saved, rules: [{ pattern: added, select: true }, ...saved.rules] }
    const model = { settings, foreseen: added === '' ? undefined : await foresee(visit, settings) }
    return render(visit, { title: TITLE }, <RulesView visit={visit} model={model} />)
  },
  async act(visit, _, form) {
    const entered = readRulesForm(form)
    if (entered === undefined) throw new DomainError('invalid', 'This is not the form of this page. Open it again; nothing was changed.')
    const button = form.get('do') ?? 'preview'
    if (button === 'part') return renderPart(visit, <ForeseenPart settings={entered} foreseen={await foresee(visit, entered)} />)
    if (button === 'save') return save(visit, entered)
    const settings = { ...entered, rules: rearrange(entered.rules, button) }
    return render(visit, { title: TITLE }, <RulesView visit={visit} model={{ settings, foreseen: await foresee(visit, settings) }} />)
  },
})

async function save(visit: MemberVisit, settings: PermissionSettings) {
  try {
    await changeSettings(visit.work, visit.context, settings)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const model: Model = { settings, foreseen: { kind: 'wrong', problem: error.message } }
    return render(visit, { title: TITLE, status: 400 }, <RulesView visit={visit} model={model} />)
  }
  return seeOther(visit, '/admin/scim/groups', { kind: 'done', text: 'Rules and paths are saved.' })
}

async function foresee({ work, context, principal }: MemberVisit, settings: PermissionSettings): Promise<Foreseen> {
  try {
    const foreseen = await preview(work, principal.orgId, (tx) => changeSettings(tx, context, settings))
    return { kind: 'seen', preview: foreseen, decided: await countDecided(work, principal.orgId, settings) }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return { kind: 'wrong', problem: error.message }
  }
}

function RulesView({ visit, model: { settings, foreseen } }: { readonly visit: MemberVisit; readonly model: Model }) {
  return (
    <Layout
      visit={visit}
      title={TITLE}
      trail={[{ href: '/admin/scim/groups', label: 'IdP groups' }]}
      lead="Nothing is changed before you save. What a change would do is shown below."
    >
      <Form action="/admin/scim/groups/rules" class="stack" label={TITLE} preview="rules-preview">
        {/* The first button is what Enter presses. */}
        <button type="submit" class="unseen" name="do" value="preview" tabIndex={-1} aria-hidden="true">
          Preview
        </button>
        <RulesCard rules={settings.rules} />
        <PathsCard settings={settings} />
        <Card title="What would happen" id="rules-preview">
          <ForeseenPart settings={settings} foreseen={foreseen} />
        </Card>
        <div class="actions">
          <button type="submit" class="button primary" name="do" value="save">
            Save
          </button>
          <Button name="do" value="preview">
            Preview
          </Button>
          <LinkButton href="/admin/scim/groups" look="quiet">
            Cancel
          </LinkButton>
        </div>
      </Form>
    </Layout>
  )
}

/** Replaced as one types, where script runs. */
function ForeseenPart({ settings, foreseen }: { readonly settings: PermissionSettings; readonly foreseen: Foreseen | undefined }) {
  return (
    <div class="stack" aria-live="polite">
      {foreseen === undefined ? (
        <p class="muted">Change something above and press Preview: scopes that open and close, who gains and who loses.</p>
      ) : foreseen.kind === 'wrong' ? (
        <Callout tone="bad" title="This cannot be saved">
          <p>{foreseen.problem}</p>
        </Callout>
      ) : (
        <>
          <Verdicts rules={settings.rules} decided={foreseen.decided} />
          <PreviewView preview={foreseen.preview} />
        </>
      )}
    </div>
  )
}

function Verdicts({ rules, decided: { all, selected, byHand, byRule } }: { readonly rules: readonly Rule[]; readonly decided: Decided }) {
  return (
    <div>
      <p>{`${selected.toLocaleString('en')} of ${all.toLocaleString('en')} groups would be on. ${byHand.toLocaleString('en')} are switched by hand; rules do not change those.`}</p>
      {rules.length === 0 ? null : (
        <ul class="plain-list">
          {rules.map(({ pattern, select }, i) => (
            <li key={i}>
              <code>{pattern}</code>{' '}
              <span class="muted">{`decides ${(byRule[i] ?? 0).toLocaleString('en')}: ${select ? 'on' : 'off'}`}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
