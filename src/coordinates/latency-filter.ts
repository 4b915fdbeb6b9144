/** Round trips per node, smoothed: a single slow answer moves nothing. */

export class LatencyFilter {
  readonly #size: number;
  readonly #nodesMax: number;
  /** By node, in the order in which they were last heard of. */
  readonly #samples = new Map<string, readonly number[]>();

  /** @param nodesMax beyond which the node not heard of for longest is forgotten */
  constructor(size: number, nodesMax: number) {
    this.#size = size;
    this.#nodesMax = nodesMax;
  }

  get nodes(): number {
    return this.#samples.size;
  }

  /** Takes a sample and returns the median of the node's last ones, of two the larger. */
  sample(node: string, rttSeconds: number): number {
    const samples = [...(this.#samples.get(node) ?? []), rttSeconds].slice(-this.#size);
    this.#samples.delete(node);
    this.#samples.set(node, samples);
    if (this.#samples.size > this.#nodesMax) this.#forgetOldest();
    const sorted = samples.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? rttSeconds;
  }

  forget(node: string): void {
    this.#samples.delete(node);
  }

  #forgetOldest(): void {
    for (const node of this.#samples.keys()) {
      this.#samples.delete(node);
      return;
    }
  }
}
