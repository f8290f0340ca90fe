// All of /api/v1, in the order of its description.
import { engramEndpoints } from './engrams.ts'
import { type Endpoint, plainEndpoint } from './endpoint.ts'
import { episodeEndpoints } from './episodes.ts'
import { meEndpoint } from './me.ts'
import { describe, YAML_MEDIA_TYPE } from './openapi.ts'
import { recallEndpoint } from './recall.ts'
import { toYaml } from '../primitives/yaml.ts'

export const API_VERSION = '1.0.0'

const description = plainEndpoint(
  {
    method: 'get',
    path: '/openapi.yaml',
    summary: 'This description.',
    answers: [{ status: 200, description: 'OpenAPI 3.1, YAML.', mediaType: YAML_MEDIA_TYPE }],
  },
  () => Promise.resolve({ status: 200, headers: { 'Content-Type': `${YAML_MEDIA_TYPE}; charset=utf-8` }, body: openApiYaml() }),
)

export const ENDPOINTS: readonly Endpoint[] = [meEndpoint, ...engramEndpoints, recallEndpoint, ...episodeEndpoints, description]

let yaml: string | undefined

/** The description as it is served and as it stands in docs/openapi.yaml. */
export function openApiYaml(): string {
  yaml ??= toYaml(describe(ENDPOINTS, API_VERSION))
  return yaml
}
