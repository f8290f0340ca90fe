// Writes docs/openapi.yaml, the description of /api/v1, from the schemas that the server answers by: `npm run openapi`.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openApiYaml } from '../src/api/endpoints.ts'

writeFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), '../docs/openapi.yaml'), openApiYaml())
