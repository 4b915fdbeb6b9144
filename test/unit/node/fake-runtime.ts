/** A runtime that does what the test says, and a node on top of it. */

import type { CoordinateView } from '../../../src/coordinates/proximity.ts';
import type { Command } from '../../../src/core/input.ts';
import type { CommandValue } from '../../../src/core/output.ts';
import type { Address } from '../../../src/model/address.ts';
import { FolkmootError } from '../../../src/model/error.ts';
import type { Fact } from '../../../src/model/fact.ts';
import { ownVersions } from '../../../src/model/versions.ts';
import type { FolkmootNode } from '../../../src/node/api.ts';
import { startNode } from '../../../src/node/running-node.ts';
import { resolveOptions } from '../../../src/node/options.ts';
import type { NodeOptions } from '../../../src/node/options.ts';
import type {
  CommandListener,
  Runtime,
  RuntimeListener,
  RuntimeOptions,
  RuntimeStats,
} from '../../../src/workers/runtime.ts';

export class FakeRuntime implements Runtime {
  readonly bound: Address = { ip: '127.0.0.1', port: 4_711 };
  readonly advertised: Address;
  readonly listener: RuntimeListener;
  readonly commands: Command[] = [];
  /** What `recording` has; tests replace it. */
  recorded: Uint8Array | undefined;
  isReferenced = true;
  isClosed = false;
  /** How commands are answered; tests replace it. */
  answer: (command: Command, listener?: CommandListener) => Promise<CommandValue> = answerWell;
  /** What is known of where members are. */
  places: CoordinateView = new Map();

  constructor(options: RuntimeOptions, listener: RuntimeListener) {
    this.advertised = options.advertise ?? this.bound;
    this.listener = listener;
  }

  async command(command: Command, listener?: CommandListener): Promise<CommandValue> {
    this.commands.push(command);
    listener?.asked?.(this.commands.length);
    return this.answer(command, listener);
  }

  async recording(of: 'present' | 'lost'): Promise<Uint8Array | undefined> {
    return of === 'present' ? this.recorded : undefined;
  }

  async coordinates(names?: readonly string[]): Promise<CoordinateView> {
    return new Map([...this.places].filter(([name]) => names?.includes(name) ?? true));
  }

  async stats(): Promise<RuntimeStats> {
    return stats;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  ref(): void {
    this.isReferenced = true;
  }

  unref(): void {
    this.isReferenced = false;
  }
}

/** A node called `self` on a fake runtime. */
export async function fakeNode(
  options: NodeOptions = {},
): Promise<{ node: FolkmootNode; runtime: FakeRuntime }> {
  const resolved = resolveOptions({
    name: 'self',
    bind: '127.0.0.1:0',
    logger: false,
    ...options,
  });
  const started: FakeRuntime[] = [];
  const node = await startNode(resolved, async (runtimeOptions, listener) => {
    const runtime = new FakeRuntime(runtimeOptions, listener);
    started.push(runtime);
    listener.checkpoint({ members: [], memberTime: 1, eventTime: 1, queryTime: 1 });
    listener.facts(joined('self'));
    return runtime;
  });
  const [runtime] = started;
  if (runtime === undefined) throw new Error('nothing was started');
  return { node, runtime };
}

/** The two facts by which a node becomes a member. */
export function joined(name: string, { port = 7_946, at = 1 } = {}): readonly Fact[] {
  return [
    {
      kind: 'node-joined',
      name,
      at,
      cause: { kind: 'gossip', via: '127.0.0.1:1' },
      incarnation: 1,
      address: { ip: '127.0.0.1', port },
      meta: new Uint8Array(),
      tags: new Map(),
      versions: ownVersions,
    },
    {
      kind: 'member-joined',
      name,
      at,
      cause: { kind: 'consequence' },
      memberState: 'alive',
      statusTime: 0,
    },
  ];
}

/** A member failing. */
export function failed(name: string, at = 2): readonly Fact[] {
  const cause = { kind: 'gossip', via: '127.0.0.1:1' } as const;
  return [
    { kind: 'node-failed', name, at, cause, incarnation: 1, from: 'self' },
    { kind: 'member-failed', name, at, cause: { kind: 'consequence' } },
  ];
}

async function answerWell(command: Command): Promise<CommandValue> {
  if (command.kind === 'join') return { kind: 'join', joined: command.targets, failures: [] };
  if (command.kind === 'leave') return { kind: 'leave', complete: true };
  if (command.kind === 'set-tags') return { kind: 'set-tags' };
  if (command.kind === 'force-leave') {
    return { kind: 'force-leave', known: command.name === 'known' };
  }
  throw new Error(`${command.kind} has no answer here`);
}

/** The error that a promise is rejected with; fails if it is none of ours. */
export async function rejection(promise: Promise<unknown>): Promise<FolkmootError> {
  const error = await promise.then(
    () => new Error('it was not rejected'),
    (reason: unknown) => reason,
  );
  if (FolkmootError.is(error)) return error;
  throw error;
}

const stats: RuntimeStats = {
  members: 1,
  failed: 0,
  left: 0,
  healthScore: 0,
  incarnation: 1,
  memberTime: 1,
  eventTime: 1,
  queryTime: 1,
  nodeQueue: 0,
  intentQueue: 0,
  eventQueue: 0,
  queryQueue: 0,
  probes: 0,
  probesFailed: 0,
  refutations: 0,
  coordinateResets: 0,
  coordinatesRejected: 0,
  drops: {},
  packetsReceived: 0,
  packetsSent: 0,
  bytesReceived: 0,
  bytesSent: 0,
  sendErrors: 0,
  streamsServed: 0,
  streamsDialled: 0,
  receiveBufferBytes: 0,
  pausedMsMax: 0,
  restarts: 0,
  wireDrops: {},
};
