// /admin: what an admin looks at first.
import { Layout } from '../web/layout.tsx'
import { page } from '../web/pages.ts'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'

export const overviewPage = page('/admin', {
  async show(visit: MemberVisit) {
    return render(
      visit,
      { title: 'Overview' },
      <Layout visit={visit} title="Overview" lead="Who is in, what your identity provider does, and what waits for a decision.">
        {null}
      </Layout>,
    )
  },
})
