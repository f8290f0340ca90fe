// GET /api/v1/me (contract 5.1): who the key belongs to, and which scopes are open to it now.
import { readableScopes } from './access.ts'
import { type Endpoint, json, plainEndpoint } from './endpoint.ts'
import { meSchema } from './schemas.ts'

export const meEndpoint: Endpoint = plainEndpoint(
  {
    method: 'get',
    path: '/me',
    summary: 'Whose key this is, and what it opens at this moment.',
    answers: [{ status: 200, description: 'The account and its scopes.', schema: meSchema }],
  },
  async (call) => {
    const readable = await readableScopes(call)
    const { userName, org, orgRole } = call.principal
    return json(200, {
      username: userName,
      org_id: org,
      role: orgRole,
      scopes: readable.map(({ name }) => name),
      writable_scopes: readable.filter(({ writable }) => writable).map(({ name }) => name),
      scope_metadata: [],
    })
  },
)
