// Writes docs/openapi.yaml and docs/scim-openapi.yaml, the descriptions of /api/v1 and /scim/v2, from what the server answers by:
// `npm run openapi`.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '@plur-enterprise/scim'
import { openApiYaml } from '../src/api/endpoints.ts'
import { toYaml } from '../src/primitives/yaml.ts'
import { scimOpenApi } from '../src/scim/description.ts'

const docs = path.join(path.dirname(fileURLToPath(import.meta.url)), '../docs')
writeFileSync(path.join(docs, 'openapi.yaml'), openApiYaml())
writeFileSync(path.join(docs, 'scim-openapi.yaml'), toYaml(scimOpenApi([USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE])))
