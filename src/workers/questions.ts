/** Questions that were put to the engine's side and wait for their answer. */

import { FolkmootError } from '../model/error.ts';
import { questionsMax } from './port-protocol.ts';

interface Question<T, P> {
  resolve(value: T): void;
  reject(error: FolkmootError): void;
  readonly progress: ((progress: P) => void) | undefined;
}

/** `P` is what may be heard of a question before its answer. */
export class Questions<T, P = never> {
  readonly #waiting = new Map<number, Question<T, P>>();
  #nextId = 1;

  /** Asks under a new number. Rejects with `ERR_STATE` if too many wait already. */
  ask(put: (id: number) => void, progress?: (progress: P) => void): Promise<T> {
    if (this.#waiting.size >= questionsMax) {
      const text = `${questionsMax} commands wait for their answer already; await some of them first`;
      return Promise.reject(new FolkmootError('ERR_STATE', text, { state: 'busy' }));
    }
    return new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId += 1;
      this.#waiting.set(id, { resolve, reject, progress });
      put(id);
    });
  }

  progress(id: number, progress: P): void {
    this.#waiting.get(id)?.progress?.(progress);
  }

  answer(id: number, value: T): void {
    this.#take(id)?.resolve(value);
  }

  refuse(id: number, error: FolkmootError): void {
    this.#take(id)?.reject(error);
  }

  /** Nobody will answer any more. */
  refuseAll(error: () => FolkmootError): void {
    for (const question of this.#waiting.values()) question.reject(error());
    this.#waiting.clear();
  }

  #take(id: number): Question<T, P> | undefined {
    const question = this.#waiting.get(id);
    this.#waiting.delete(id);
    return question;
  }
}
