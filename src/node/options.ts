/** The options of a node: what they mean, and their one resolution into what the runtime is told. */

import { hostname } from 'node:os';

import type { ProtocolLimits, ProtocolTiming } from '../core/options.ts';
import { journalEntriesMaxDefault } from '../journal/journal.ts';
import { isIpAllowed } from '../model/address.ts';
import { loadKeyringFile } from '../workers/keyring-file.ts';
import type { RuntimeOptions } from '../workers/runtime.ts';
import type { Transport } from '../workers/transport.ts';
import type { Interfaces } from './advertise.ts';
import { privateAddress } from './advertise.ts';
import { resolveDelegates } from './delegates.ts';
import type { Delegates } from './delegates.ts';
import { defaultLogger, silentLogger } from './logger.ts';
import type { NodeLogger } from './logger.ts';
import type { KeyInput, NumberRule, TagsInput } from './option-values.ts';
import {
  isWildcard,
  optionError,
  parseBoolean,
  parseChoice,
  parseCidrs,
  parseInteger,
  parseKeys,
  parseLabel,
  parseName,
  parseSocketAddress,
  parseTags,
  refuseUnknown,
} from './option-values.ts';
import { parseSnapshot } from './snapshot-option.ts';
import type { SnapshotInput } from './snapshot-option.ts';
import { defaultLimits, profiles, receiveBufferBytesDefault } from './profiles.ts';
import type { ProfileName } from './profiles.ts';
import { parseRecorder } from './recorder-option.ts';
import type { RecorderInput } from './recorder-option.ts';

/** What the limits option may set: Serf's behaviour and our bounds. */
export type LimitsInput = Partial<
  Omit<ProtocolLimits, 'packetOverheadBytes' | 'allowedCidrs' | 'consults'>
>;

/** How a node is set up. Every field has a default; `{}` is a node as `serf agent` would start it. */
export interface NodeOptions {
  /**
   * The name of this node, unique in the cluster. Default: the host name. Any text of 1 to 128 bytes
   * of UTF-8 (Serf's limit where it validates names).
   */
  readonly name?: string | undefined;
  /**
   * Where to listen, UDP and TCP on one port: `'127.0.0.1:7946'`, `'[::1]:7946'`, `':7946'`, an IP
   * alone (port 7946), or port 0 for one that the kernel chooses. Default `'0.0.0.0:7946'`, as Serf.
   */
  readonly bind?: string | undefined;
  /**
   * Where others reach this node, in the forms of `bind`; without a port, the bound one. Default: the
   * bound address, or if that is a wildcard a private address of one of the interfaces.
   */
  readonly advertise?: string | undefined;
  /**
   * The timing: `'lan'` (default), `'wan'`, `'local'`, or an object whose missing fields are lan's.
   * Use the same in the whole cluster. Fields and formulas: {@link ProtocolTiming}.
   */
  readonly profile?: ProfileName | Partial<ProtocolTiming> | undefined;
  /** Tags that all members see. Default: none. At most 512 bytes encoded (`ERR_TAGS_SIZE`). */
  readonly tags?: TagsInput | undefined;
  /**
   * The key that encrypts everything sent: 16, 24 or 32 bytes (AES-128, -192, -256), or their base64
   * text as `serf keygen` prints it. Default: no encryption.
   */
  readonly encryptKey?: KeyInput | undefined;
  /**
   * Further keys that are accepted, for rotation; the first is the primary one if there is no
   * `encryptKey`. Default: none. At most 64.
   */
  readonly keys?: readonly KeyInput[] | undefined;
  /**
   * Serf's keyring file: a JSON array of base64 keys, the primary first. It is read at the start, and has
   * to exist; changes by `keys` of any node are written to it before they are reported. Default: none,
   * then changes of the keys last as long as the node. Not together with `encryptKey` and `keys`.
   */
  readonly keyringFile?: string | undefined;
  /**
   * Serf's snapshot file, as its path or with settings: the members that this node knew and the times
   * that it heard of. At the next start it rejoins them by itself, in the background, unless it had
   * left, and is told nothing of before again. Default: none. More: docs/SNAPSHOT.md.
   */
  readonly snapshot?: string | SnapshotInput | undefined;
  /** Separates clusters that share a network; at most 255 bytes of UTF-8. Default `''`: none. */
  readonly label?: string | undefined;
  /** Whether what is sent is compressed when that makes it smaller. Default true, as Serf. */
  readonly compression?: boolean | undefined;
  /** CIDR blocks (`'10.0.0.0/8'`) that members must lie in. Default `[]`: anywhere. */
  readonly allowedCidrs?: readonly string[] | undefined;
  /** Everything else of the protocol, with Serf's values by default. Fields: {@link ProtocolLimits}. */
  readonly limits?: LimitsInput | undefined;
  /** Decisions that are the program's: who may join, how long the gone are kept, what may be told. */
  readonly delegates?: Delegates | undefined;
  /**
   * `'worker'` (default): in a thread of its own, so that a blocked main thread is suspected by nobody.
   * `'inline'`: on the main thread, for tests and small programs.
   */
  readonly runtime?: 'worker' | 'inline' | undefined;
  /**
   * Makes what carries packets and streams, for tests without sockets; `'inline'` only, since code does
   * not cross to a thread. Default: UDP and TCP.
   */
  readonly transport?: (() => Transport) | undefined;
  /** Wanted UDP receive buffer, in bytes. Default 4 MiB; a kernel that grants less is reported. */
  readonly receiveBufferBytes?: number | undefined;
  /** How many of the latest facts the journal keeps. Default 10,000. */
  readonly journalEntriesMax?: number | undefined;
  /**
   * Keeps the latest inputs of the engine for `recording()`: `true`, or bounds of your own. Default:
   * off. Costs up to `bytesMax` of memory, and some microseconds an input.
   */
  readonly recorder?: RecorderInput | undefined;
  /**
   * A pino logger (or anything with `debug`, `info`, `warn` and `error` of fields and text), or `false`
   * for none. Default: warnings and errors as JSON on standard error.
   */
  readonly logger?: NodeLogger | false | undefined;
}

/** Options after resolution: complete, checked and never looked at again. */
export interface ResolvedOptions {
  readonly runtime: RuntimeOptions;
  readonly runtimeKind: 'worker' | 'inline';
  readonly transport: (() => Transport) | undefined;
  readonly journalEntriesMax: number;
  readonly logger: NodeLogger;
  readonly delegates: Delegates;
}

/** Serf's port. */
export const portDefault = 7_946;

/**
 * Resolves and checks options.
 *
 * @throws FolkmootError `ERR_OPTION` naming the option, its value and the remedy; `ERR_TAGS_SIZE`.
 */
export function resolveOptions(options: NodeOptions, interfaces?: Interfaces): ResolvedOptions {
  refuseUnknown('', options, optionNames);
  const anywhere = { ip: '0.0.0.0', port: portDefault };
  const bind = parseSocketAddress('bind', options.bind ?? bindDefault, anywhere);
  const advertise =
    options.advertise === undefined
      ? isWildcard(bind.ip)
        ? privateAddress(bind, interfaces)
        : undefined
      : parseSocketAddress('advertise', options.advertise, { ip: '', port: 0 });
  const allowedCidrs = parseCidrs(options.allowedCidrs ?? []);
  const recorder = parseRecorder(options.recorder);
  const { ip } = advertise ?? bind;
  if (!isIpAllowed(ip, allowedCidrs)) {
    const remedy = `Give blocks that hold this node's own address ${ip} too.`;
    throw optionError('allowedCidrs', options.allowedCidrs, remedy);
  }
  const { delegates, consults } = resolveDelegates(options.delegates ?? {});
  return {
    runtime: {
      bind,
      advertise,
      engine: {
        name: parseName(options.name ?? hostname()),
        tags: parseTags(options.tags ?? {}),
        ...resolveTiming(options.profile ?? 'lan'),
        ...resolveLimits(options.limits ?? {}),
        allowedCidrs,
        consults,
      },
      ...resolveKeys(options),
      ...(options.snapshot !== undefined && { snapshot: parseSnapshot(options.snapshot) }),
      label: parseLabel(options.label ?? ''),
      compression: parseBoolean('compression', options.compression ?? true),
      receiveBufferBytes: parseInteger(
        'receiveBufferBytes',
        options.receiveBufferBytes ?? receiveBufferBytesDefault,
        { min: 65_536, max: 2 ** 30 },
      ),
      ...(recorder !== undefined && { recorder }),
    },
    ...resolveRuntime(options),
    journalEntriesMax: parseInteger(
      'journalEntriesMax',
      options.journalEntriesMax ?? journalEntriesMaxDefault,
      { min: 1, max: 10_000_000 },
    ),
    logger: resolveLogger(options.logger),
    delegates,
  };
}

const bindDefault = `0.0.0.0:${portDefault}`;

// The keys of an object, so that the compiler finds a name that is missing here.
const optionNames = Object.keys({
  name: 0,
  bind: 0,
  advertise: 0,
  profile: 0,
  tags: 0,
  encryptKey: 0,
  keys: 0,
  keyringFile: 0,
  snapshot: 0,
  label: 0,
  compression: 0,
  allowedCidrs: 0,
  limits: 0,
  delegates: 0,
  runtime: 0,
  transport: 0,
  receiveBufferBytes: 0,
  journalEntriesMax: 0,
  recorder: 0,
  logger: 0,
} satisfies Record<keyof NodeOptions, 0>);

/** Longest time that Node's timers can wait. */
const timerMsMax = 2 ** 31 - 1;
/** What is only compared with ages may be longer: ten years. */
const ageMsMax = 10 * 365 * 24 * 60 * 60 * 1_000;

const timer: NumberRule = { min: 1, max: timerMsMax };
const age: NumberRule = { min: 0, max: ageMsMax };

const timingRules: Readonly<Record<keyof ProtocolTiming, NumberRule>> = {
  probeIntervalMs: timer,
  probeTimeoutMs: timer,
  indirectChecks: { min: 0, max: 64 },
  gossipIntervalMs: timer,
  gossipNodes: { min: 0, max: 64 },
  gossipToTheDeadMs: age,
  retransmitMult: { min: 1, max: 64 },
  suspicionMult: { min: 1, max: 64 },
  suspicionMaxTimeoutMult: { min: 1, max: 64 },
  pushPullIntervalMs: { min: 0, max: timerMsMax },
  streamTimeoutMs: timer,
};

type Limit = keyof typeof defaultLimits;
const flags = ['streamProbes', 'coordinates', 'nameConflictResolution'] as const;
type Flag = (typeof flags)[number];

const limitRules: Readonly<Record<Exclude<Limit, Flag | 'allowedCidrs' | 'consults'>, NumberRule>> =
  {
    awarenessMax: { min: 1, max: 64 },
    deadNodeReclaimMs: age,
    packetBytesMax: { min: 1_024, max: 65_000 },
    broadcastTimeoutMs: timer,
    leavePropagateDelayMs: { min: 0, max: timerMsMax },
    reapIntervalMs: timer,
    reconnectIntervalMs: timer,
    reconnectTimeoutMs: age,
    tombstoneTimeoutMs: age,
    recentIntentTimeoutMs: age,
    eventSlots: { min: 1, max: 65_536 },
    querySlots: { min: 1, max: 65_536 },
    queryTimeoutMult: { min: 1, max: 1_024 },
    userEventBytesMax: { min: 1, max: 9_216 },
    queryBytesMax: { min: 1, max: 65_000 },
    queryResponseBytesMax: { min: 1, max: 65_000 },
    broadcastQueueMax: { min: 1, max: 1_000_000 },
    membersMax: { min: 1, max: 1_000_000 },
  };

function resolveTiming(profile: unknown): ProtocolTiming {
  if (typeof profile === 'string') {
    return profiles[parseChoice('profile', profile, ['lan', 'wan', 'local'])];
  }
  if (typeof profile !== 'object' || profile === null) {
    throw optionError('profile', profile, "Give 'lan', 'wan', 'local' or an object of timings.");
  }
  refuseUnknown('profile', profile, Object.keys(timingRules));
  const given = new Map<string, unknown>(Object.entries(profile));
  const timing = resolveNumbers('profile', given, profiles.lan, timingRules);
  if (timing.probeTimeoutMs <= timing.probeIntervalMs) return timing;
  throw optionError(
    'profile.probeTimeoutMs',
    timing.probeTimeoutMs,
    `Give at most probeIntervalMs (${timing.probeIntervalMs}): a probe ends with its interval.`,
  );
}

function resolveLimits(input: unknown): typeof defaultLimits {
  if (typeof input !== 'object' || input === null) {
    throw optionError('limits', input, 'Give an object such as { membersMax: 1000 }.');
  }
  const { allowedCidrs, consults, ...defaults } = defaultLimits;
  refuseUnknown('limits', input, [...flags, ...Object.keys(limitRules)]);
  const given = new Map<string, unknown>(Object.entries(input));
  const flag = (name: Flag): boolean =>
    parseBoolean(`limits.${name}`, given.get(name) ?? defaults[name]);
  return {
    ...resolveNumbers('limits', given, defaults, limitRules),
    allowedCidrs,
    consults,
    streamProbes: flag('streamProbes'),
    coordinates: flag('coordinates'),
    nameConflictResolution: flag('nameConflictResolution'),
  };
}

function resolveNumbers<K extends string>(
  group: string,
  given: ReadonlyMap<string, unknown>,
  defaults: Readonly<Record<K, number>>,
  rules: Readonly<Record<K, NumberRule>>,
): Record<K, number> {
  const names = Object.keys(rules) as K[]; // Rules are our own object: its keys are K.
  const resolved = names.map((name) => {
    const value = given.get(name) ?? defaults[name];
    return [name, parseInteger(`${group}.${name}`, value, rules[name])] as const;
  });
  return Object.fromEntries(resolved) as Record<K, number>; // One entry for each of K.
}

/** The keys to start with, and the file they are kept in. */
function resolveKeys({
  encryptKey,
  keys,
  keyringFile,
}: NodeOptions): Pick<RuntimeOptions, 'keys' | 'keyringFile'> {
  if (keyringFile === undefined) return { keys: parseKeys(encryptKey, keys) };
  if (typeof keyringFile !== 'string' || keyringFile === '') {
    throw optionError('keyringFile', keyringFile, 'Give the path of a file.');
  }
  if (encryptKey !== undefined || keys !== undefined) {
    const remedy = 'Give it without encryptKey and keys: it says which keys there are.';
    throw optionError('keyringFile', keyringFile, remedy);
  }
  return { keys: loadKeyringFile(keyringFile), keyringFile };
}

function resolveRuntime({
  runtime = 'worker',
  transport,
}: NodeOptions): Pick<ResolvedOptions, 'runtimeKind' | 'transport'> {
  const runtimeKind = parseChoice('runtime', runtime, ['worker', 'inline']);
  if (transport !== undefined && (typeof transport !== 'function' || runtimeKind === 'worker')) {
    throw optionError('transport', transport, "Give a function, together with runtime: 'inline'.");
  }
  return { runtimeKind, transport };
}

function resolveLogger(logger: NodeLogger | false | undefined): NodeLogger {
  if (logger === undefined) return defaultLogger();
  if (logger === false) return silentLogger;
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    if (typeof logger?.[level] !== 'function') {
      throw optionError('logger', logger, 'Give a pino logger, or false for silence.');
    }
  }
  return logger;
}
