/** A running node: the main thread's side, which commands the runtime and shows what it tells. */

import type { Observable } from 'rxjs';

import type { Journal } from '../journal/journal.ts';
import type { LocalNodeState } from '../machines/local-machine.ts';
import type { Address } from '../model/address.ts';
import { formatAddress } from '../model/address.ts';
import { FolkmootError } from '../model/error.ts';
import type { Member } from '../model/member.ts';
import type { MemberEvent, SuspicionEvent } from '../streams/member-events.ts';
import type { Runtime } from '../workers/runtime.ts';
import { abortable } from './abort.ts';
import { resolveAddresses } from './address-resolver.ts';
import { isPublic } from './advertise.ts';
import type {
  CloseReason,
  FolkmootNode,
  ForceLeaveOptions,
  JoinOptions,
  JoinResult,
  JournalView,
  LeaveResult,
  NodeStats,
  WaitOptions,
} from './api.ts';
import { Inbox } from './inbox.ts';
import { joinError, joinResult, unknownAddress } from './join.ts';
import type { TagsInput } from './option-values.ts';
import { ObservingNode } from './observing-node.ts';
import { optionError, parseTags } from './option-values.ts';
import type { ResolvedOptions } from './options.ts';
import { PendingCommands } from './pending-commands.ts';
import { Projection } from './projection.ts';
import type { StartRuntime } from './start-runtime.ts';
import type { NodeParts } from './talking-node.ts';

/** How long a node may take to know itself once it listens: far more than it ever needs. */
const arrivalTimeoutMs = 10_000;

/** Slack over the sum of the waits in a leave, before disposal shuts down regardless. */
const disposeSlackMs = 1_000;

/** Starts a node on a runtime, and resolves when the node knows itself. */
export async function startNode(
  options: ResolvedOptions,
  startRuntime: StartRuntime,
): Promise<FolkmootNode> {
  const { name } = options.runtime.engine;
  const { logger: log, journalEntriesMax, delegates } = options;
  const { validateMessage } = delegates;
  const inbox = new Inbox({ name, log, validateMessage });
  const projection = new Projection({ name, journalEntriesMax, log, inbox, delegates });
  const runtime = await startRuntime(options.runtime, projection);
  try {
    await abortable(projection.arrived, AbortSignal.timeout(arrivalTimeoutMs));
  } catch (cause) {
    await runtime.close();
    const details = { timeoutMs: arrivalTimeoutMs };
    throw new FolkmootError('ERR_TIMEOUT', 'The node does not answer itself.', details, { cause });
  }
  const address = formatAddress(runtime.advertised);
  if (options.runtime.keys.length === 0 && isPublic(runtime.advertised.ip)) {
    log.warn({ address }, 'a public address without encryption: anybody may join (encryptKey)');
  }
  projection.lifecycle.send({ type: 'started' });
  const commands = new PendingCommands(runtime, projection.lifecycle);
  return new RunningNode({ options, projection, inbox, runtime, commands });
}

class RunningNode extends ObservingNode implements FolkmootNode {
  readonly #options: ResolvedOptions;
  readonly #projection: Projection;
  readonly #runtime: Runtime;
  readonly #commands: PendingCommands;
  readonly #inbox: Inbox;
  #leave: Promise<LeaveResult> | undefined;
  #disposal: Promise<void> | undefined;
  readonly closed: Promise<CloseReason>;

  constructor(parts: NodeParts) {
    super(parts);
    const { options, projection, inbox, runtime, commands } = parts;
    this.#options = options;
    this.#projection = projection;
    this.#inbox = inbox;
    this.#runtime = runtime;
    this.#commands = commands;
    this.closed = new Promise((resolve) => {
      projection.lifecycle.state$.subscribe({
        complete: () => {
          resolve(this.#close());
        },
      });
    });
  }

  get name(): string {
    return this.#options.runtime.engine.name;
  }

  get address(): Address {
    return this.#runtime.advertised;
  }

  get bound(): Address {
    return this.#runtime.bound;
  }

  get members(): ReadonlyMap<string, Member> {
    return this.#projection.view.members;
  }

  get local(): Member {
    const { local } = this.#projection;
    if (local === undefined) throw new Error('a node without itself'); // It has arrived.
    return local;
  }

  get member$(): Observable<MemberEvent> {
    return this.#projection.view.member$;
  }

  get suspicion$(): Observable<SuspicionEvent> {
    return this.#projection.view.suspicion$;
  }

  get journal(): JournalView {
    return this.#projection.journal satisfies Journal;
  }

  get state(): LocalNodeState {
    return this.#projection.lifecycle.state;
  }

  get state$(): Observable<LocalNodeState> {
    return this.#projection.lifecycle.state$;
  }

  async join(addresses: readonly string[], options: JoinOptions = {}): Promise<JoinResult> {
    const { signal, ignoreOld = false } = options;
    await this.#commands.admit('join', signal);
    const portDefault = this.bound.port;
    const { targets, unknown } = await resolveAddresses(addresses, { portDefault, signal });
    const failures = unknown.map(unknownAddress);
    if (targets.length === 0) throw joinError(failures);
    // Looking names up takes time, in which the node may have been shut down.
    await this.#commands.admit('join', signal);
    const command = {
      kind: 'join',
      targets: targets.map(({ target }) => target),
      ignoreOld,
    } as const;
    const value = await abortable(this.#commands.run(command), signal);
    return joinResult(value, targets, failures);
  }

  async leave({ signal }: WaitOptions = {}): Promise<LeaveResult> {
    signal?.throwIfAborted();
    if (this.#leave === undefined) {
      this.#projection.lifecycle.demandAlive('leave');
      this.#leave = this.#runLeave();
    }
    return abortable(this.#leave, signal);
  }

  async shutdown(): Promise<void> {
    this.#projection.lifecycle.send({ type: 'shutdown' });
    await this.closed;
  }

  async forceLeave(
    name: string,
    { prune = false, signal }: ForceLeaveOptions = {},
  ): Promise<{ readonly known: boolean }> {
    await this.#commands.admit('force a leave', signal);
    if (typeof name !== 'string' || name === '') {
      throw optionError('name', name, 'Give the name of a member.');
    }
    const command = { kind: 'force-leave', name, prune } as const;
    const { known } = await abortable(this.#commands.run(command), signal);
    return { known };
  }

  async setTags(tags: TagsInput, { signal }: WaitOptions = {}): Promise<void> {
    await this.#commands.admit('set tags', signal);
    const command = { kind: 'set-tags', tags: parseTags(tags) } as const;
    await abortable(this.#commands.run(command), signal);
  }

  async stats(): Promise<NodeStats> {
    const { lifecycle } = this.#projection;
    if (lifecycle.state === 'shutdown') throw lifecycle.error ?? lifecycle.refusal('read stats');
    const stats = await this.#runtime.stats();
    const encrypted = this.#options.runtime.keys.length > 0;
    return { ...stats, ...this.#inbox.stats, state: this.state, encrypted };
  }

  ref(): void {
    this.#commands.reference(true);
  }

  unref(): void {
    this.#commands.reference(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #runLeave(): Promise<LeaveResult> {
    const { lifecycle } = this.#projection;
    lifecycle.send({ type: 'leave' });
    await lifecycle.settled();
    const { complete } = await this.#commands.run({ kind: 'leave' });
    lifecycle.send({ type: 'leave-finished' });
    return { complete };
  }

  async #dispose(): Promise<void> {
    const { broadcastTimeoutMs, leavePropagateDelayMs } = this.#options.runtime.engine;
    const limitMs = 2 * broadcastTimeoutMs + leavePropagateDelayMs + disposeSlackMs;
    if (this.state !== 'shutdown' && this.state !== 'left') {
      try {
        await this.leave({ signal: AbortSignal.timeout(limitMs) });
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'shutting down without having left');
      }
    }
    await this.shutdown();
  }

  async #close(): Promise<CloseReason> {
    const { lifecycle, view } = this.#projection;
    this.#commands.rejectAll(lifecycle.error ?? lifecycle.refusal('go on'));
    try {
      await this.#runtime.close();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the runtime did not close cleanly');
    }
    view.close();
    this.#inbox.close();
    if (lifecycle.error !== undefined) return { kind: 'failed', error: lifecycle.error };
    return { kind: 'shutdown', hasLeft: lifecycle.hasLeft };
  }
}
