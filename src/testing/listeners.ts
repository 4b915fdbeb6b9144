/** Who wants to hear of something. */

export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Calls `listener` with every value from now on; returns how to stop it. */
  listen(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  tell(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
}
