// plur org …: the tenants of a deployment.
import { Command } from 'commander'
import { createOrg, listOrgs, type Org } from '../directory/orgs.ts'
import { type Common, originOf, withJson } from './context.ts'
import type { CliHost } from './host.ts'
import { createOutput, table } from './output.ts'

const PAGE = 1000

export function orgCommand(host: CliHost): Command {
  const create = new Command('create')
    .description('make an organisation')
    .argument('<slug>', 'its name in scopes: small letters, digits and hyphens')
    .action(async (slug: string, { json = false }: Common) => {
      const storage = await host.openStorage({ migrated: true })
      try {
        const org = await createOrg(storage.work, slug, originOf(host))
        createOutput(host, { json }).result(org, `${org.slug} is there.`)
      } finally {
        await storage.close()
      }
    })
  const listAll = new Command('list').description('all organisations').action(async ({ json = false }: Common) => {
    const storage = await host.openStorage({ migrated: true })
    try {
      const orgs: Org[] = []
      for (let page = await listOrgs(storage.work, { after: undefined, limit: PAGE }); page.length > 0; ) {
        orgs.push(...page)
        page = await listOrgs(storage.work, { after: page.at(-1)?.slug, limit: PAGE })
      }
      const rows = orgs.map(({ slug, id, createdAt }) => [slug, id, createdAt])
      createOutput(host, { json }).result(orgs, table(['slug', 'id', 'created'], rows))
    } finally {
      await storage.close()
    }
  })
  return new Command('org').description('organisations').addCommand(withJson(create)).addCommand(withJson(listAll))
}
