// What the pages of single sign-on look like, from nothing to a provider in use.
import { beforeAll, test } from 'vitest'
import { portray, useBrowser, type VisitorOptions } from '../support/browser.ts'
import { signInAt, useIdentityProvider, withSso } from '../support/identity-provider.ts'
import { person } from '../support/people.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()
const idp = useIdentityProvider()
const browser = useBrowser(server)

let org: Org
beforeAll(async () => {
  org = await server.org()
  await person(server, org, 'root', { admin: true })
  await org.user('alice', { externalId: '00u1abcd2EFGH3ijkl4', displayName: 'Alice Martin' })
})

const root = (options: VisitorOptions) => browser.signedIn(org, 'root', { ...options, allowed: [/^http:\/\/127\.0\.0\.1:\d+$/] })

test('the pages of single sign-on look as they should', async () => {
  await portray(root, '/admin/sso', 'sso-empty')
  const id = await withSso(server, org, idp, { name: 'Okta' })
  const untested = await withSso(server, org, idp, { name: 'Entra ID', enabled: false, claim: 'preferred_username' })
  idp.is({ sub: '00u1abcd2EFGH3ijkl4', preferred_username: 'alice' })
  await signInAt(server, idp, { id })
  await portray(root, '/admin/sso', 'sso')
  await portray(root, `/admin/sso/${id}`, 'sso-provider')
  await portray(root, `/admin/sso/${untested}`, 'sso-untested')
  await portray(root, `/admin/sso/${id}/test`, 'sso-test')
  idp.is({ sub: 'stranger' })
  const nobody = (options: VisitorOptions) => browser.visitor({ ...options, allowed: [/^http:\/\/127\.0\.0\.1:\d+$/, /403/] })
  await portray(nobody, `/auth/oidc/${id}`, 'sso-nobody')
}, 120_000)
