// The description of /scim/v2 as it is served beside it and as it stands in docs/scim-openapi.yaml. Anybody may read it: it says what the
// program does, and nothing about the deployment.
import { DEFAULT_LIMITS, openApiDocument, type ResourceType } from '@plur-enterprise/scim'
import type { Route } from '../http/message.ts'
import { toYaml } from '../primitives/yaml.ts'

const SCIM_VERSION = '2.0.0'
const YAML_MEDIA_TYPE = 'application/yaml; charset=utf-8'

export function scimOpenApi(resourceTypes: readonly ResourceType[]) {
  return openApiDocument({
    title: 'PLUR Enterprise SCIM',
    version: SCIM_VERSION,
    serverUrl: '/scim/v2',
    resourceTypes,
    limits: DEFAULT_LIMITS,
  })
}

export function createDescriptionRoute(resourceTypes: readonly ResourceType[]): Route {
  const body = toYaml(scimOpenApi(resourceTypes))
  return {
    pattern: '/scim/openapi.yaml',
    methods: ['GET', 'HEAD'],
    handle: () => Promise.resolve({ status: 200, headers: { 'Content-Type': YAML_MEDIA_TYPE }, body }),
  }
}
