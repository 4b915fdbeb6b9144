/** The stream exchanges that this engine started and whose outcome it waits for. */

import type { JoinTarget } from './input.ts';

/** Why a stream was opened; decides what its outcome means. */
export type ExchangePurpose =
  | { readonly kind: 'push-pull'; readonly name: string }
  | { readonly kind: 'reconnect'; readonly name: string }
  | { readonly kind: 'join'; readonly command: number; readonly target: JoinTarget }
  | { readonly kind: 'stream-probe'; readonly sequence: number };

export class Exchanges {
  readonly #open = new Map<number, ExchangePurpose>();
  #last = 0;

  /** Registers an exchange and returns its number. */
  open(purpose: ExchangePurpose): number {
    this.#last += 1;
    this.#open.set(this.#last, purpose);
    return this.#last;
  }

  /** Closes an exchange and returns its purpose, or `undefined` if it is not open (any more). */
  close(exchange: number): ExchangePurpose | undefined {
    const purpose = this.#open.get(exchange);
    this.#open.delete(exchange);
    return purpose;
  }
}
