/** A queue between who tells and who iterates, with a bound on what waits. */

/** Read by one consumer: every iterator of it takes from the same queue. */
export class BoundedQueue<T> implements AsyncIterableIterator<T> {
  readonly #itemsMax: number;
  readonly #abandoned: () => void;
  #items: T[] = [];
  #taken = 0;
  readonly #waiting: {
    resolve(result: IteratorResult<T, undefined>): void;
    reject(error: unknown): void;
  }[] = [];
  #end: { readonly error: unknown; readonly failed: boolean } | undefined;

  /** `abandoned` is called when the consumer goes before the end: by `break`, say. */
  constructor(itemsMax: number, abandoned: () => void) {
    this.#itemsMax = itemsMax;
    this.#abandoned = abandoned;
  }

  /** Returns whether there was room, or nobody who would ever take it. */
  push(item: T): boolean {
    if (this.#end !== undefined) return true;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value: item });
      return true;
    }
    if (this.#items.length - this.#taken >= this.#itemsMax) return false;
    this.#items.push(item);
    return true;
  }

  /** No more comes; what waits can still be taken. */
  end(): void {
    this.#finish({ error: undefined, failed: false });
  }

  /** Fails whoever takes what comes after that which waits. */
  fail(error: unknown): void {
    this.#finish({ error, failed: true });
  }

  /** As {@link fail}, and what waits is gone. */
  abort(error: unknown): void {
    this.#items = [];
    this.#taken = 0;
    this.fail(error);
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#taken < this.#items.length) return { done: false, value: this.#take() };
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
      });
    }
    const { failed, error } = this.#end;
    this.#end = { failed: false, error: undefined };
    if (failed) throw error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    const isEarly = this.#end === undefined;
    this.#items = [];
    this.#taken = 0;
    this.#finish({ error: undefined, failed: false });
    if (isEarly) this.#abandoned();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Moves up what is left only when half of the list is gone: each item is moved once at most. */
  #take(): T {
    const item = this.#items[this.#taken] as T; // Below the length, as the caller checked.
    this.#taken += 1;
    if (this.#taken * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
    return item;
  }

  #finish(end: { readonly error: unknown; readonly failed: boolean }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const [first, ...others] = this.#waiting.splice(0);
    if (first === undefined) return;
    if (end.failed) {
      this.#end = { error: undefined, failed: false };
      first.reject(end.error);
    } else first.resolve({ done: true, value: undefined });
    for (const other of others) other.resolve({ done: true, value: undefined });
  }
}
