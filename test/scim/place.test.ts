// URL paths to SCIM paths, versions and log templates.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { locate } from '../../src/scim/place.ts'

describe('a path', () => {
  test.each([
    ['/scim/v2/Users', '/Users', true, '/scim/v2/Users'],
    ['/scim/v2/Users/1', '/Users/1', true, '/scim/v2/Users/:id'],
    ['/scim/v2/Users/.search', '/Users/.search', true, '/scim/v2/Users/.search'],
    ['/scim/v2/.search', '/.search', true, '/scim/v2/.search'],
    ['/scim/v2', '', true, '/scim/v2'],
    ['/scim/v2/', '/', true, '/scim/v2'],
    ['/scim/Users', '/Users', true, '/scim/v2/Users'],
    ['/scim', '', true, '/scim/v2'],
    ['/scim/v2//Users', '//Users', true, '/scim/v2/Users'],
    ['/scim//v2/Users/', '/Users/', true, '/scim/v2/Users'],
    ['/scim/v1/Users', '/Users', false, '/scim/v2/Users'],
    ['/scim/v9/Users', '/Users', false, '/scim/v2/Users'],
    ['/scim/v22/Users', '/Users', false, '/scim/v2/Users'],
    ['/scim/V2/Users', '/Users', false, '/scim/v2/Users'],
    ['/scim/v2x/Users', '/v2x/Users', true, '/scim/v2/*'],
    ['/scim/%762/Users', '/%762/Users', true, '/scim/v2/*'],
    ['/scim/v2/alice@example.com', '/alice@example.com', true, '/scim/v2/*'],
    ['/scim/v2/Users/1/2', '/Users/1/2', true, '/scim/v2/*'],
  ])('%s is %s, spoken: %s, logged as %s [URL-04 URL-05 URL-06 EN-10]', (urlPath, path, supported, template) => {
    expect(locate(urlPath)).toMatchObject({ path, supported, template })
  })

  test('never brings its own text into the log', () => {
    const templates = new Set<string>()
    fc.assert(fc.property(fc.webPath(), (path) => void templates.add(locate(`/scim/v2${path}`).template)))
    for (const template of templates) expect(template).toMatch(/^\/scim\/v2(\/\*|\/[A-Za-z.]+(\/:id|\/\.search)?)?$/)
  })
})
