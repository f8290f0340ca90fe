// How far a run is, on standard error: a bar on a terminal, now and then a line elsewhere.
import type { Writable } from 'node:stream'
import { Presets, SingleBar } from 'cli-progress'

export type Progress = { readonly tick: (done: number, total: number, doing: string) => void; readonly stop: () => void }

const LINE_EACH_MS = 10_000

export function showProgress(stream: Writable & { readonly isTTY?: boolean }): Progress {
  return stream.isTTY === true ? bar(stream) : lines(stream)
}

function bar(stream: Writable): Progress {
  const format = '{bar} {value}/{total} {duration_formatted} {doing}'
  const shown = new SingleBar({ stream, format, hideCursor: true, barsize: 30, gracefulExit: true }, Presets.shades_classic)
  shown.start(1, 0, { doing: 'starting' })
  return {
    tick(done, total, doing) {
      shown.setTotal(total)
      shown.update(done, { doing })
    },
    stop: () => shown.stop(),
  }
}

function lines(stream: Writable): Progress {
  let told = 0
  return {
    tick(done, total, doing) {
      if (done < total && performance.now() - told < LINE_EACH_MS) return
      told = performance.now()
      stream.write(`${done}/${total} ${doing}\n`)
    },
    stop: () => undefined,
  }
}
