/** Nodes of ours in processes of their own, so that they can be killed, stopped and blocked. */

import { fileURLToPath } from 'node:url';
import type { ErrorRecord } from '../../src/model/error.ts';
import type { Cause } from '../../src/model/fact.ts';
import type { Member } from '../../src/model/member.ts';
import type { CloseReason, JoinResult, NodeStats } from '../../src/node/api.ts';
import type { NodeOptions } from '../../src/node/options.ts';
import { Child } from './child.ts';
import { freePort } from './ports.ts';
import type { Observer, View } from './view.ts';
import { waitFor } from './wait-for.ts';

export interface ToldEvent {
  readonly kind: string;
  readonly at: number;
  readonly names: readonly string[];
  readonly cause: Cause;
}

export interface OurNodeOptions extends Omit<NodeOptions, 'logger' | 'bind'> {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** IP to listen on; default `127.0.0.1`. */
  readonly ip?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** What a node rejected with, as it was told over IPC. */
class RemoteError extends Error {
  readonly record: ErrorRecord | undefined;

  constructor(error: ErrorRecord | string) {
    super(typeof error === 'string' ? error : `${error.code}: ${error.message}`);
    this.record = typeof error === 'string' ? undefined : error;
  }
}

/** The error that `promise` rejects with, as its code and details. */
export async function errorOf(promise: Promise<unknown>): Promise<ErrorRecord> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RemoteError && error.record !== undefined) return error.record;
  throw new Error(`expected a FolkmootError, got ${String(error)}`, { cause: error });
}

/** Starts a process with one node in it. */
export async function startOurNode(
  options: OurNodeOptions,
  host: HostOptions = {},
): Promise<OurNode> {
  const started = await startHost(host);
  try {
    return await started.createNode(options);
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
}

export interface HostOptions {
  /** Command before node, such as what enters a network namespace. */
  readonly prefix?: readonly string[];
}

/** Starts a process for nodes of ours. */
export async function startHost(options: HostOptions = {}): Promise<OurHost> {
  const host = new OurHost(options);
  await host.ready();
  return host;
}

const program = fileURLToPath(new URL('our-host-process.mjs', import.meta.url));
const killer = new URL('worker-killer.mjs', import.meta.url).href;

/** Orders that may wait for their answer at once. */
const ordersMax = 1_000;

export class OurHost implements AsyncDisposable {
  readonly #child: Child;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #serial = 0;

  constructor({ prefix = [] }: HostOptions) {
    const args = ['--import', killer, program];
    this.#child = new Child({ command: process.execPath, args, prefix, ipc: true });
    this.#child.process.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    void this.#child.ended.then(() => {
      const error = `the process ended\n${this.output}`;
      for (const [id, answer] of this.#waiting) answer({ id, ok: false, error });
      this.#waiting.clear();
    });
  }

  /** What the process wrote: nothing, if all is well. */
  get output(): string {
    return this.#child.text();
  }

  get hasEnded(): boolean {
    return this.#child.hasEnded;
  }

  async ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(0, ({ ok }) => {
        if (ok) resolve();
        else reject(new Error(`our process did not start\n${this.output}`));
      });
    });
  }

  async createNode(options: OurNodeOptions): Promise<OurNode> {
    const { ip = '127.0.0.1', port = await freePort(ip), ...rest } = options;
    const bind = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
    const node = { profile: 'local' as const, ...rest, bind };
    const { address } = (await this.order('create', options.name, node)) as { address: string };
    return new OurNode(this, options, address);
  }

  /** Ends the process at once. */
  kill(): Promise<void> {
    return this.#child.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.signal(signal);
  }

  /** Blocks the main thread of the process in one go. Resolves when it runs again. */
  async block(ms: number): Promise<void> {
    await this.order('block', '', ms);
  }

  /** Makes every worker thread of the process end itself, from inside. */
  async killWorkers(how: 'exit' | 'throw'): Promise<void> {
    await this.order('killWorkers', '', how);
  }

  order(order: string, name: string, ...args: readonly unknown[]): Promise<unknown> {
    if (this.#waiting.size >= ordersMax) throw new Error('too many orders at once');
    this.#serial += 1;
    const id = this.#serial;
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        if (answer.ok) resolve(answer.value);
        else reject(new RemoteError(answer.error));
      });
      this.#child.process.send({ id, order, name, args }, (error) => {
        if (error === null || !this.#waiting.delete(id)) return;
        reject(new RemoteError(`${error.message}\n${this.output}`));
      });
    });
    // A test that ends early leaves answers that nobody hears any more; who waits hears them still.
    answered.catch(() => undefined);
    return answered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ErrorRecord | string };

export class OurNode implements Observer, AsyncDisposable {
  readonly host: OurHost;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  tags: Readonly<Record<string, string>>;

  constructor(host: OurHost, options: OurNodeOptions, address: string) {
    this.host = host;
    this.name = options.name;
    this.address = address;
    this.port = Number(address.slice(address.lastIndexOf(':') + 1));
    this.tags = options.tags ?? {};
  }

  async view(): Promise<View> {
    const entries = (await this.members()).map(({ name, ip, port, status, tags }) => {
      const address = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
      return [name, { address, status, tags: Object.fromEntries(tags) }] as const;
    });
    return Object.fromEntries(entries);
  }

  async members(): Promise<readonly Member[]> {
    return (await this.#order('members')) as Member[];
  }

  async member(name: string): Promise<Member | undefined> {
    return (await this.members()).find((member) => member.name === name);
  }

  async join(...addresses: readonly string[]): Promise<JoinResult> {
    return (await this.#order('join', addresses)) as JoinResult;
  }

  async leave(): Promise<void> {
    await this.#order('leave');
  }

  async shutdown(): Promise<void> {
    await this.#order('shutdown');
  }

  async forceLeave(name: string, options: { readonly prune?: boolean } = {}): Promise<void> {
    await this.#order('forceLeave', name, options);
  }

  async setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    await this.#order('setTags', tags);
    this.tags = tags;
  }

  /** What `member$` told since the node was created, as `kind name`. */
  async events(): Promise<readonly string[]> {
    return inWords((await this.#order('events')) as ToldEvent[]);
  }

  /** What `suspicion$` told, as `kind name`. */
  async suspicions(): Promise<readonly string[]> {
    return inWords((await this.#order('suspicions')) as ToldEvent[]);
  }

  /** What `member$` and `suspicion$` told, in full, for a message that explains. */
  async told(): Promise<readonly ToldEvent[]> {
    return [
      ...((await this.#order('events')) as ToldEvent[]),
      ...((await this.#order('suspicions')) as ToldEvent[]),
    ];
  }

  async stats(): Promise<NodeStats> {
    return (await this.#order('stats')) as NodeStats;
  }

  async state(): Promise<string> {
    return (await this.#order('state')) as string;
  }

  async closed(): Promise<CloseReason> {
    return (await this.#order('closed')) as CloseReason;
  }

  async log(): Promise<readonly LogLine[]> {
    return (await this.#order('log')) as LogLine[];
  }

  /** Waits until `member$` has told `event`, written as `kind name`. */
  async hears(event: string, deadlineMs = 30_000): Promise<void> {
    await waitFor(async () => (await this.events()).includes(event), {
      describe: `${this.name} hears ${event}`,
      deadlineMs,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
  }

  #order(order: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.host.order(order, this.name, ...args);
  }
}

export interface LogLine {
  readonly level: string;
  readonly fields: unknown;
  readonly text: string;
}

function inWords(events: readonly ToldEvent[]): readonly string[] {
  return events.flatMap(({ kind, names }) => names.map((name) => `${kind} ${name}`));
}
