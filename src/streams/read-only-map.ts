/** A live view of a map that others cannot change, not even with a cast. */

const inspect = Symbol.for('nodejs.util.inspect.custom');

/** Always what the map behind it is, at no cost. */
export class ReadOnlyMap<K, V> implements ReadonlyMap<K, V> {
  readonly #map: ReadonlyMap<K, V>;

  constructor(map: ReadonlyMap<K, V>) {
    this.#map = map;
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void, thisArg?: unknown): void {
    // The view is handed on, never the map behind it.
    for (const [key, value] of this.#map) visit.call(thisArg, value, key, this);
  }

  entries(): MapIterator<[K, V]> {
    return this.#map.entries();
  }

  keys(): MapIterator<K> {
    return this.#map.keys();
  }

  values(): MapIterator<V> {
    return this.#map.values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#map[Symbol.iterator]();
  }

  get [Symbol.toStringTag](): string {
    return 'ReadOnlyMap';
  }

  /** `console.log` shows what is in it. */
  [inspect](): ReadonlyMap<K, V> {
    return new Map(this.#map);
  }
}
