/** One life of an engine: its driver, its outbox, and the messages of the port that it understands. */

import { randomInt } from 'node:crypto';

import { Engine } from '../core/engine.ts';
import type { KeyringAccess } from '../core/keys.ts';
import type { Clocks, EngineOptions } from '../core/options.ts';
import type { Address } from '../model/address.ts';
import { seededRandom } from '../model/random.ts';
import type { RecorderBounds } from '../recorder/bounds.ts';
import { RecordedEngine } from '../recorder/recorded-engine.ts';
import { codec } from '../wire/codec.ts';
import { Keyring } from '../wire/keyring.ts';
import { packetOverhead } from '../wire/security.ts';
import type { Security } from '../wire/security.ts';
import { announcedKeyring } from './announced-keyring.ts';
import { Driver, processNow } from './driver.ts';
import type { DrivenEngine } from './driver.ts';
import { keyringAccess } from './keyring-access.ts';
import { Outbox } from './outbox.ts';
import type { ToEngine, ToHost } from './port-protocol.ts';
import type { RuntimeOptions } from './runtime.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { rejoinCommand } from './rejoin.ts';
import type { Transport } from './transport.ts';

export interface SessionDependencies {
  readonly transport: Transport;
  readonly post: (message: ToHost) => void;
  /** The engine threw. */
  readonly crashed: (error: unknown) => void;
  /** The sockets were closed because the other side asked for it. */
  readonly closed: () => void;
  /** Makes the engine; tests make others. */
  readonly createEngine?: (
    options: EngineOptions,
    now: number,
    keyring: KeyringAccess | undefined,
  ) => DrivenEngine;
}

export class EngineSession {
  readonly #driver: Driver;
  readonly #outbox: Outbox;
  readonly #snapshot: SnapshotKeeper | undefined;
  readonly #post: SessionDependencies['post'];
  readonly #closed: SessionDependencies['closed'];
  readonly #hasResumed: boolean;
  #engine: DrivenEngine | undefined;
  #advertised: Address;
  #startClocks: Clocks | undefined;
  #isClosing = false;

  constructor(options: RuntimeOptions, dependencies: SessionDependencies) {
    const {
      transport,
      post,
      crashed,
      closed,
      createEngine = engineMaker(options.recorder),
    } = dependencies;
    const security = securityOf(options);
    const keyring = accessTo(security, options.keyringFile, post);
    this.#hasResumed = options.engine.resume !== undefined;
    this.#post = post;
    this.#closed = closed;
    this.#advertised = options.advertise ?? options.bind;
    this.#outbox = new Outbox({
      post,
      checkpoint: () => this.#driver.checkpoint(),
      clocks: () => this.#driver.clocks(),
      schedule: (flush) => void setImmediate(() => this.#isClosing || flush()),
    });
    const outbox = this.#outbox;
    this.#snapshot = this.#keeper(options);
    this.#driver = new Driver({
      transport,
      security,
      compression: options.compression,
      receiveBufferBytes: options.receiveBufferBytes,
      streamTimeoutMs: options.engine.streamTimeoutMs,
      bind: options.bind,
      now: processNow,
      snapshot: this.#snapshot,
      createEngine: (bound, now) => {
        this.#advertised = advertisedAt(options.advertise, bound);
        const resolved = engineOptions(options, security, this.#advertised);
        const startClocks = this.#startClocks;
        const past = startClocks === undefined ? {} : { startClocks };
        this.#engine = createEngine({ ...resolved, ...past }, now, keyring);
        return this.#engine;
      },
      listener: {
        fact: (fact) => outbox.fact(fact),
        told: (message) => outbox.told(message),
        answered: (id, result) => {
          if (id === rejoinCommand) this.#snapshot?.rejoined(result);
          else outbox.answered(id, result);
        },
        note: (note) => outbox.note(note),
        nameLost: (vote) => outbox.nameLost(vote),
        crashed: (error) => {
          // The last words: nobody can ask any more.
          if (options.recorder !== undefined) this.#postRecording(0);
          crashed(error);
        },
      },
    });
  }

  /**
   * Opens, starts, and posts a first turn and `started`. Rejects with `ERR_BIND`, or `ERR_OPTION` for a
   * snapshot file that cannot be opened.
   */
  async open(): Promise<void> {
    this.#startClocks = await this.#snapshot?.open();
    if (this.#isClosing) throw new Error('it was closed before it was open');
    const bound = await this.#driver.open();
    if (this.#hasResumed) {
      // What is put back at the start is not told of in facts.
      this.#driver.start();
      this.#outbox.tellCheckpoint();
    } else {
      this.#outbox.tellCheckpoint();
      this.#driver.start();
      this.#outbox.flush();
    }
    this.#post({ kind: 'started', bound, advertised: this.#advertised });
    this.#snapshot?.begin(this.#advertised);
  }

  receive(message: ToEngine): void {
    if (this.#isClosing) return;
    switch (message.kind) {
      case 'command':
        this.#driver.command(message.id, message.command);
        return;
      case 'verdict':
        this.#driver.verdict(message.consult, message.verdict);
        return;
      case 'stats':
        this.#post({ kind: 'stats', id: message.id, stats: this.#driver.stats() });
        return;
      case 'coordinates': {
        const { id, names } = message;
        this.#post({ kind: 'coordinates', id, coordinates: this.#driver.coordinates(names) });
        return;
      }
      case 'recording':
        this.#postRecording(message.id);
        return;
      case 'taken':
        this.#outbox.taken(message.turn);
        return;
      case 'close':
        void this.#closeForOther(); // Cannot reject: closing sockets has no failure.
        return;
      default:
        message satisfies never;
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([this.#snapshot?.close(), this.#driver.close()]);
  }

  #keeper({ snapshot, engine }: RuntimeOptions): SnapshotKeeper | undefined {
    if (snapshot === undefined) return undefined;
    return new SnapshotKeeper({
      ...snapshot,
      self: engine.name,
      nodesMax: engine.membersMax,
      resume: engine.resume,
      now: processNow,
      clocks: () => this.#driver.clocks(),
      checkpoint: () => this.#engine?.checkpoint(),
      join: (target) => {
        this.#driver.command(rejoinCommand, { kind: 'join', targets: [target], ignoreOld: false });
      },
      note: (note) => this.#outbox.note(note),
    });
  }

  #postRecording(id: number): void {
    const engine = this.#engine;
    const bytes = engine instanceof RecordedEngine ? engine.recording() : undefined;
    this.#post({ kind: 'recording', id, bytes });
  }

  async #closeForOther(): Promise<void> {
    await this.close();
    this.#closed();
  }

  ref(): void {
    this.#driver.ref();
  }

  unref(): void {
    this.#driver.unref();
  }
}

/** Whom to tell that we are at `bound`: port 0 stands for the bound one. */
function advertisedAt(advertise: Address | undefined, bound: Address): Address {
  if (advertise === undefined) return bound;
  return { ip: advertise.ip, port: advertise.port === 0 ? bound.port : advertise.port };
}

function securityOf(options: RuntimeOptions): Security {
  const keyring = options.keys.length === 0 ? undefined : new Keyring(options.keys);
  return { keyring, label: options.label };
}

/** The keyring as key queries change it; the main side hears of it before the answer is on its way. */
function accessTo(
  { keyring }: Security,
  file: string | undefined,
  post: SessionDependencies['post'],
): KeyringAccess | undefined {
  if (keyring === undefined) return undefined;
  return announcedKeyring(keyringAccess(keyring, file), () => {
    post({ kind: 'keys', keys: keyring.all });
  });
}

function engineOptions(
  options: RuntimeOptions,
  security: Security,
  advertise: Address,
): EngineOptions {
  return {
    ...options.engine,
    advertise,
    packetOverheadBytes: packetOverhead(security),
  };
}

/** Makes real engines, recorded if `bounds` say so. Their randomness has a seed, for a replay to use again. */
function engineMaker(
  bounds: RecorderBounds | undefined,
): NonNullable<SessionDependencies['createEngine']> {
  return (options, now, keyring) => {
    const seed = randomInt(2 ** 32);
    const dependencies = { codec, ...(keyring !== undefined && { keyring }) };
    if (bounds !== undefined) {
      return new RecordedEngine({ bounds, seed, options, dependencies, now });
    }
    return new Engine(options, { ...dependencies, random: seededRandom(seed) }, now);
  };
}
