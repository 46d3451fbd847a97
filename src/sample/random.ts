import { keccak_256 } from "@noble/hashes/sha3.js";

/**
 * Deterministic random numbers (sfc32, seeded by keccak256 of the seed's text). Uses only operations that IEEE 754
 * rounds exactly, so every engine draws the same numbers. Not for secrets.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: string) {
    const digest = new DataView(keccak_256(new TextEncoder().encode(`marginproof/sample/${seed}`)).buffer);
    this.a = digest.getUint32(0);
    this.b = digest.getUint32(4);
    this.c = digest.getUint32(8);
    for (let i = 0; i < 16; i++) this.bits();
  }

  /** 32 random bits. */
  private bits(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    return t >>> 0;
  }

  /** In (0, 1). */
  unit(): number {
    return (this.bits() + 0.5) / 4294967296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** Whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  /** Whole number in [low, high]. */
  whole(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** Pareto with exponent 1: half of what is above any size is above twice that size. */
  pareto(least: number, most: number): number {
    return Math.min(most, least / this.unit());
  }

  /** `count` different members, earlier ones likelier. */
  pick<T>(from: readonly T[], count: number): T[] {
    const rest = [...from];
    const chosen: T[] = [];
    while (chosen.length < count && rest.length > 0) {
      const u = this.unit();
      chosen.push(rest.splice(Math.floor(u * u * rest.length), 1)[0]!);
    }
    return chosen;
  }

  /** Fisher-Yates, in place. */
  shuffle<T extends { length: number; [n: number]: number }>(list: T): T {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = list[i]!;
      list[i] = list[j]!;
      list[j] = held;
    }
    return list;
  }
}
