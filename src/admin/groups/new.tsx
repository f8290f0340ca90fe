// /admin/groups/new: a group that is made here.
import { z } from 'zod'
import { createLocalGroup } from '../../permissions/local-groups.ts'
import { DomainError } from '../../primitives/errors.ts'
import { seeOther } from '../../web/answer.ts'
import { Button } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { Checkbox, Field } from '../../web/components/field.tsx'
import { Form } from '../../web/components/form.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../../web/form.ts'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { groupHref, GROUPS_PATH } from './address.ts'

const TITLE = 'New local group'
const NEW_PATH = `${GROUPS_PATH}/new`

const schema = z.object({
  path: z.string().trim().min(1, 'A path is needed.').max(600, 'This path is too long.'),
  takeOver: z.literal('on').optional(),
})

export const newGroupPage = page('/admin/groups/new', {
  async show(visit: MemberVisit) {
    const inside = visit.query.get('inside')
    const entered = inside === null ? NOTHING_ENTERED : { values: { path: `${inside}/` }, problems: {} }
    return render(visit, { title: TITLE }, <NewGroupView visit={visit} entered={entered} />)
  },
  async act(visit, _, form) {
    const read = checkForm(schema, form)
    const wrong = (entered: Entered) => render(visit, { title: TITLE, status: 422 }, <NewGroupView visit={visit} entered={entered} />)
    if (read.kind === 'wrong') return wrong(read)
    const { path, takeOver } = read.value
    try {
      await createLocalGroup(visit.work, visit.context, { path, role: null, takeOver: takeOver === 'on' })
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return wrong({ values: Object.fromEntries(form), problems: { path: error.message } })
    }
    return seeOther(visit, groupHref(path), { kind: 'done', text: `${path} is there. Add its members below.` })
  },
})

function NewGroupView({ visit, entered }: { readonly visit: MemberVisit; readonly entered: Entered }) {
  return (
    <Layout
      visit={visit}
      title={TITLE}
      lead="For teams that your identity provider does not know. Its members are accounts of here, each with a role."
      trail={[{ href: GROUPS_PATH, label: 'Permission graph' }]}
    >
      <Card>
        <Form action={NEW_PATH} class="fields">
          <Field
            name="path"
            label="Path"
            hint="Small letters, digits, “.”, “_” and “-”. A slash puts it inside another group made here: security/on-call. Its scope is group: and the path."
            entered={entered}
            required
            maxLength={600}
            literal
            autocomplete="off"
          />
          <Checkbox
            name="takeOver"
            label="Take over the memories that are kept under this name"
            checked={entered.values['takeOver'] === 'on'}
          />
          <div>
            <Button look="primary">Make the group</Button>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
