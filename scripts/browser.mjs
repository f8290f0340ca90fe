// The Chromium that page tests look through: a build from the package registry, unpacked below .runtime with the libraries and fonts it
// needs, so that no administrator has to install one. Plain JavaScript, like the bootstrap that calls it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const PACKAGE = '@sparticuz/chromium'
const VERSION = '153.0.0'

/**
 * The environment variables that tell the tests where their browser is. On systems that the package has no build for, `CHROMIUM` has to
 * name an installed one. `npm` installs packages and says what for.
 */
export function ensureBrowser({ runtime, npm, fail }) {
  if (process.env.CHROMIUM) return { CHROMIUM: process.env.CHROMIUM }
  if (process.platform !== 'linux') fail('The page tests need a Chromium: set CHROMIUM to the path of an installed one (Chrome works too).')
  const home = path.join(runtime, 'browser')
  const unpacked = path.join(home, 'unpacked')
  const ready = path.join(unpacked, `.ready-${VERSION}-${process.arch}`)
  if (!existsSync(ready)) {
    mkdirSync(unpacked, { recursive: true })
    writeFileSync(path.join(home, 'package.json'), '{"private":true}\n')
    npm(
      ['install', '--prefix', home, '--no-save', '--no-package-lock', '--ignore-scripts', '--loglevel=error', `${PACKAGE}@${VERSION}`],
      'Fetching a browser for the page tests (once) …',
    )
    // Unpacks into the temporary directory, on this platform with the libraries too.
    const unpack = `import('${PACKAGE}').then(({ default: chromium }) => chromium.executablePath())`
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', unpack], {
      cwd: home,
      env: { ...process.env, TMPDIR: unpacked, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
    })
    if (status !== 0) fail(`The browser for the page tests could not be unpacked: ${stderr}`)
    writeFileSync(path.join(unpacked, 'fonts', 'fonts.conf'), fontsConf(unpacked))
    writeFileSync(ready, '')
  }
  return {
    CHROMIUM: path.join(unpacked, 'chromium'),
    CHROMIUM_LIBRARIES: path.join(unpacked, 'al2023', 'lib'),
    CHROMIUM_FONTS: path.join(unpacked, 'fonts'),
  }
}

/** The package's own names folders of another place; a browser that finds no font at all aborts. */
const fontsConf = (unpacked, folder = (name) => path.join(unpacked, 'fonts', name).replaceAll('&', '&amp;')) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder('fonts')}</dir>
  <cachedir>${folder('cache')}</cachedir>
</fontconfig>
`
