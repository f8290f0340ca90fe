// What an admin hands a local account to come in with: a password that is good for one sign-in, shown once on the page that answers the form.
import type { PasswordHasher } from '../../auth/password-hash.ts'
import { resetPassword } from '../../auth/passwords.ts'
import { DomainError } from '../../primitives/errors.ts'
import { seeOther } from '../../web/answer.ts'
import { SecretOnce } from '../../web/components/copy.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { personHref, USERS_PATH } from './address.ts'
import { getPerson, nameOf } from './person.tsx'

export type PasswordServices = { readonly hasher: PasswordHasher }

export const passwordAction = ({ hasher }: PasswordServices) =>
  page('/admin/users/:id/password', {
    async act(visit: MemberVisit, { id }) {
      const account = await getPerson(visit, id)
      try {
        const password = await resetPassword(visit.work, visit.context, { hasher, account })
        return render(
          visit,
          { title: 'One-time password' },
          <Layout
            visit={visit}
            title={`One-time password of ${nameOf(account)}`}
            trail={[
              { href: USERS_PATH, label: 'People' },
              { href: personHref(id), label: nameOf(account) },
            ]}
          >
            <SecretOnce secret={password} what="one-time password" doneHref={personHref(id)}>
              <p>
                {`Hand it over in person. ${account.userName} signs in with it once at ${visit.publicUrl}/auth and then chooses another; sessions that were open have ended.`}
              </p>
            </SecretOnce>
          </Layout>,
        )
      } catch (error) {
        if (!(error instanceof DomainError) || error.code === 'not_found') throw error
        return seeOther(visit, personHref(id), { kind: 'problem', text: error.message })
      }
    },
  })
