// Chance that can be had again: the same seed gives the same throws.

export class Dice {
  #state: number

  /** Of one case of one target: cases do not depend on each other. */
  constructor(...seeds: readonly (number | string)[]) {
    let hash = 2_166_136_261
    for (const character of seeds.join('/')) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619)
    this.#state = hash >>> 0
  }

  /** From 0 to below `end` (mulberry32). */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let value = this.#state
    value = Math.imul(value ^ (value >>> 15), value | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 4_294_967_296) * end)
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0
  }

  pick<T>(values: readonly [T, ...(readonly T[])]): T {
    return values[this.below(values.length)] ?? values[0]
  }

  /** Small numbers mostly, now and then a large one. */
  size(max: number): number {
    return this.below(this.oneIn(8) ? max : Math.min(max, 4)) + 1
  }

  list<T>(max: number, make: () => T): T[] {
    return Array.from({ length: this.size(max) }, make)
  }
}
