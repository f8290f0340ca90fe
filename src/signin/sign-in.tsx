// /auth: where people sign in.
import { page } from '../web/pages.ts'
import { Message } from '../web/refusals.tsx'
import { render } from '../web/render.tsx'
import type { Visit } from '../web/visit.ts'

export const signInPage = page('/auth', {
  async show(visit: Visit) {
    return render(
      visit,
      { title: 'Sign in' },
      <Message title="Sign in">
        <p>{visit.publicUrl}</p>
      </Message>,
    )
  },
})
