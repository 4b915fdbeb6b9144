/** `folkmoot start`: runs one node, says how others join it, and shows what happens to members. */

import { hostname } from 'node:os';

import pino from 'pino';
import pretty from 'pino-pretty';
import type { Subscription } from 'rxjs';

import type { Address } from '../model/address.ts';
import { formatAddress } from '../model/address.ts';
import { FolkmootError } from '../model/error.ts';
import type { Member } from '../model/member.ts';
import type { FolkmootNode } from '../node/api.ts';
import { describeFailure } from '../node/join.ts';
import type { NodeLogger } from '../node/logger.ts';
import { silentLogger } from '../node/logger.ts';
import { createNode } from '../node/node.ts';
import { parseSocketAddress } from '../node/option-values.ts';
import { portDefault } from '../node/options.ts';
import type { NodeOptions } from '../node/options.ts';
import type { MemberEvent, SuspicionEvent } from '../streams/member-events.ts';
import type { LineKind } from './event-line.ts';
import { formatLine } from './event-line.ts';
import { freePort } from './free-port.ts';
import { howToJoin } from './how-to-join.ts';
import type { StartFlags } from './program.ts';
import type { Signals } from './signals.ts';

/** What the command needs of its process. */
export interface Surroundings {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly signals: Signals;
  readonly version: string;
  /** Whether standard output shows colours. */
  readonly colour: boolean;
}

/** Runs until a signal, or until the node cannot go on. Resolves to the exit code (Serf's: spec 4.3). */
export async function start(flags: StartFlags, surroundings: Surroundings): Promise<number> {
  let node: FolkmootNode;
  try {
    node = await open(flags);
  } catch (error) {
    return complain(error, surroundings);
  }
  const stopped = stopOnSignal(node, surroundings);
  announce(node, flags, surroundings);
  const shown = showMembers(node, flags, surroundings);
  try {
    if (flags.join.length > 0) await join(node, flags, surroundings);
  } catch (error) {
    // A node that is going down already was stopped by a signal, and cut the join short itself.
    if (node.state === 'alive') {
      complain(error, surroundings);
      await node.shutdown();
    }
  }
  const exitCode = await stopped;
  shown.unsubscribe();
  return exitCode;
}

/** Ports that were free and were taken before we could bind them. */
const openAttemptsMax = 5;

async function open(flags: StartFlags): Promise<FolkmootNode> {
  const bind = parseSocketAddress('--bind', flags.bind, { ip: '0.0.0.0', port: portDefault });
  for (let attempt = 1; ; attempt += 1) {
    // The name holds the port, so the port is chosen before there is a node to ask.
    const port = bind.port === 0 ? await freePort(bind.ip) : bind.port;
    try {
      return await createNode(nodeOptions(flags, { ip: bind.ip, port }));
    } catch (error) {
      const isTaken = FolkmootError.is(error) && error.code === 'ERR_BIND' && bind.port === 0;
      if (!isTaken || attempt === openAttemptsMax) throw error;
    }
  }
}

function nodeOptions(flags: StartFlags, bind: Address): NodeOptions {
  // Two on one machine must not clash; one on Serf's own port is the machine's, as with Serf.
  const name = bind.port === portDefault ? hostname() : `${hostname()}-${bind.port}`;
  return {
    name: flags.name ?? name,
    bind: formatAddress(bind),
    advertise: flags.advertise,
    profile: flags.profile,
    tags: flags.tag,
    encryptKey: flags.encrypt,
    label: flags.label,
    logger: logger(flags),
  };
}

function logger(flags: StartFlags): NodeLogger {
  if (flags.logLevel === 'silent') return silentLogger;
  const stderr = 2;
  const options = { name: 'folkmoot', level: flags.logLevel };
  if (flags.json) return pino(options, pino.destination({ dest: stderr, sync: true }));
  const colorize = process.stderr.isTTY;
  const ignore = 'pid,hostname,name';
  return pino(options, pretty({ destination: stderr, sync: true, colorize, ignore }));
}

function announce(node: FolkmootNode, flags: StartFlags, { out, version }: Surroundings): void {
  const address = formatAddress(node.address);
  if (flags.json) {
    out(
      JSON.stringify({ at: new Date().toISOString(), kind: 'started', name: node.name, address }),
    );
    return;
  }
  const encryption = flags.encrypt === undefined ? 'not encrypted' : 'encrypted';
  out(`folkmoot ${version}: ${node.name} at ${address}, ${flags.profile} profile, ${encryption}`);
  for (const line of howToJoin(node, flags)) out(line);
  out('');
}

function showMembers(
  node: FolkmootNode,
  flags: StartFlags,
  { out, colour }: Surroundings,
): Subscription {
  const format = { json: flags.json, colour };
  const show = (kind: LineKind, member: Member): void => {
    out(formatLine({ kind, member, at: new Date() }, format));
  };
  for (const member of node.members.values()) show('member', member);
  const shown = node.member$.subscribe((event) => {
    for (const member of event.members) show(lineKinds[event.kind], member);
  });
  if (flags.logLevel === 'debug' || flags.logLevel === 'info') {
    shown.add(
      node.suspicion$.subscribe((event) => {
        for (const member of event.members) show(lineKinds[event.kind], member);
      }),
    );
  }
  return shown;
}

const lineKinds: Readonly<Record<(MemberEvent | SuspicionEvent)['kind'], LineKind>> = {
  'member-join': 'join',
  'member-leave': 'leave',
  'member-failed': 'failed',
  'member-update': 'update',
  'member-reap': 'reap',
  'member-suspect': 'suspect',
  'member-refuted': 'refuted',
};

async function join(
  node: FolkmootNode,
  flags: StartFlags,
  { out, err }: Surroundings,
): Promise<void> {
  const { joined, failures } = await node.join(flags.join, { ignoreOld: flags.ignoreOld });
  for (const failure of failures) err(describeFailure(failure));
  if (!flags.json) out(`joined through ${joined.map(formatAddress).join(', ')}`);
}

/** Resolves to the exit code when the node is down. */
async function stopOnSignal(node: FolkmootNode, { signals, err }: Surroundings): Promise<number> {
  let isLeaving = false;
  const forget = signals.listen((signal) => {
    if (signal === 'SIGINT' && !isLeaving) {
      isLeaving = true;
      err('Leaving the cluster; interrupt again to stop at once.');
      void node[Symbol.asyncDispose](); // Never rejects; the end is heard through `closed`.
    } else {
      void node.shutdown(); // The same.
    }
  });
  const reason = await node.closed;
  forget();
  if (reason.kind === 'shutdown') return reason.hasLeft ? 0 : 1;
  err(reason.error.message);
  return 1;
}

/** Says what is wrong, and with what to do instead. A fault of ours goes on with its stack. */
function complain(error: unknown, { err }: Surroundings): number {
  if (!FolkmootError.is(error)) throw error;
  err(`error: ${error.message}`);
  return 1;
}
