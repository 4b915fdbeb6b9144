/** Drives the process that sends junk: in portions that a socket buffer holds, so that all of it is read. */

import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import type { OurNode } from './our-host.ts';
import { waitFor } from './wait-for.ts';

const program = fileURLToPath(new URL('junk-process.mjs', import.meta.url));

/** What the smallest common receive buffer holds. */
const portion = 100;

export interface JunkOptions {
  readonly ip: string;
  readonly seed: number;
  /** The key of the target, if it has one. */
  readonly key?: string;
  /** What enters the network namespace of the target. */
  readonly prefix: readonly string[];
}

export class JunkSender implements AsyncDisposable {
  readonly #child: Child;
  readonly #target: OurNode;
  readonly #waiting = new Map<number, () => void>();
  readonly #ready: Promise<void>;
  #serial = 0;

  constructor(target: OurNode, { ip, seed, key, prefix }: JunkOptions) {
    this.#target = target;
    const args = [program, ip, String(target.port), String(seed), ...(key ? [key] : [])];
    this.#child = new Child({ command: process.execPath, args, prefix, ipc: true });
    this.#child.process.on('message', ({ id }: { id: number }) => this.#waiting.get(id)?.());
    this.#ready = this.#answer(0);
  }

  /** Sends damaged packets, and waits until the target has read them. */
  async sendPackets(count: number): Promise<void> {
    const before = (await this.#target.stats()).packetsReceived;
    for (let sent = portion; sent <= count; sent += portion) {
      await this.#order('packets', portion);
      await waitFor(async () => (await this.#target.stats()).packetsReceived >= before + sent, {
        describe: `${this.#target.name} reads ${sent} packets`,
        deadlineMs: 10_000,
        everyMs: 2,
      });
    }
  }

  /** Sends damaged messages, each on a connection of its own. */
  async sendStreams(count: number): Promise<void> {
    await this.#order('streams', count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.kill();
  }

  async #order(kind: 'packets' | 'streams', count: number): Promise<void> {
    await this.#ready;
    this.#serial += 1;
    const answer = this.#answer(this.#serial);
    this.#child.process.send({ id: this.#serial, kind, count });
    await answer;
  }

  #answer(id: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve);
      void this.#child.ended.then(() => reject(new Error(`it ended\n${this.#child.text()}`)));
    });
  }
}
