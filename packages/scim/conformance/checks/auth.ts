// Who is let in (RFC 7644 section 2, RFC 6750).
import type { Feature } from '../check.ts'
import { ensure, refused, same, status } from '../expect.ts'

export const auth: Feature = {
  name: 'auth',
  checks: [
    {
      id: 'AUT-01',
      level: 'MUST',
      title: 'without credentials: 401 with WWW-Authenticate and a SCIM error',
      sentence:
        'RFC 7644 §2: a SCIM service provider SHALL indicate supported HTTP authentication schemes via the "WWW-Authenticate" header.',
      run: async (scim) => {
        const answer = await scim.send({ method: 'GET', path: '/Users', token: null })
        refused(answer, 401)
        ensure((answer.headers.get('www-authenticate') ?? '') !== '', 'there is no WWW-Authenticate header')
      },
    },
    {
      id: 'AUT-02',
      level: 'MUST',
      title: 'a wrong token is 401 with a challenge',
      sentence: 'RFC 6750 §3: the resource server MUST include the HTTP "WWW-Authenticate" response header field',
      run: async (scim) => {
        for (const token of ['wrong', 'null', 'undefined', 'x'.repeat(3000)]) {
          const answer = await scim.send({ method: 'GET', path: '/Users', token })
          refused(answer, 401)
          ensure(answer.headers.has('www-authenticate'), 'there is no WWW-Authenticate header')
        }
      },
    },
    {
      id: 'AUT-02.2',
      level: 'MUST',
      title: 'an Authorization header of another form is 401',
      sentence: 'RFC 6750 §2.1: credentials = "Bearer" 1*SP b64token',
      run: async (scim) => {
        for (const authorization of ['Bearer', 'Bearer  ', 'Basic dXNlcjpwYXNz', 'non-token', 'Bearer a b'])
          refused(await scim.get('/Users', { authorization }), [400, 401])
      },
    },
    {
      id: 'AUT-03',
      level: 'MUST',
      title: 'a token in the query is not honoured',
      sentence: 'RFC 6750 §2.3: clients should not … because of the security weaknesses associated with the URI method',
      run: async (scim) => refused(await scim.send({ method: 'GET', path: '/Users?access_token=anything', token: null }), [400, 401]),
    },
    {
      id: 'SEC-06',
      level: 'MUST',
      title: 'nobody creates, changes or deletes without credentials',
      sentence: 'RFC 7644 §2: the SCIM service provider MUST be able to map the authenticated client to an access control policy',
      run: async (scim) => {
        const { path, body } = await scim.user()
        refused(await scim.send({ method: 'POST', path: '/Users', body: scim.userBody(), token: null }), 401)
        refused(await scim.send({ method: 'PUT', path, body, token: null }), 401)
        refused(await scim.send({ method: 'DELETE', path, token: null }), 401)
        refused(await scim.send({ method: 'POST', path: '/Users/.search', body: {}, token: null }), 401)
        same(await scim.read(path), body, 'the resource')
      },
    },
    {
      id: 'AUT-02.3',
      level: 'SHOULD',
      title: 'a request without a User-Agent is answered like any other',
      sentence: 'RFC 9110 §10.1.5: a user agent SHOULD send it; nothing may depend on it',
      run: async (scim) => {
        status(await scim.get('/Users?count=1', { 'user-agent': '' }), 200)
      },
    },
  ],
}
