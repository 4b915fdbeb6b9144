/** Encrypted clusters whose keyrings write down what was done to them, to hold reports against. */

import { Engine } from '../../../src/core/engine.ts';
import type { KeyOperation, KeyReport, KeyringAccess } from '../../../src/core/keys.ts';
import { createSimulation } from '../../../src/testing/index.ts';
import type { Simulation, SimulationOptions } from '../../../src/testing/index.ts';
import type { PendingCommand } from '../../../src/testing/index.ts';

/** One call of a keyring, as its node made it. */
export interface KeyCall {
  readonly node: string;
  readonly operation: KeyOperation;
  /** In base64; empty for `list`. */
  readonly key: string;
  /** Why it was refused; `undefined`: done. */
  readonly refusal: string | undefined;
  /** For `list`: what the ring had. */
  readonly keys: readonly string[];
  readonly at: number;
}

/** An operation that somebody started, and what to hold its report against. */
export interface Asked {
  readonly operation: KeyOperation;
  readonly key: string;
  readonly by: string;
  readonly at: number;
  /** Members that the asker held for live when it asked. */
  readonly live: ReadonlySet<string>;
  readonly pending: PendingCommand;
  /** Calls there had been before. */
  readonly callsBefore: number;
}

export class KeyCluster {
  readonly sim: Simulation;
  readonly calls: KeyCall[] = [];
  readonly #rings = new Map<string, KeyringAccess>();

  constructor(options: SimulationOptions) {
    this.sim = createSimulation({
      ...options,
      createEngine: (engineOptions, dependencies, now) => {
        const { keyring } = dependencies;
        if (keyring === undefined) throw new Error('a node of this cluster has no keys');
        const { name } = engineOptions;
        this.#rings.set(name, keyring);
        return new Engine(engineOptions, { ...dependencies, keyring: this.#noting(name) }, now);
      },
    });
  }

  /** The keys of a node in base64, the primary first. */
  keysOf(node: string): readonly string[] {
    return this.#ringOf(node).list();
  }

  /** Gives a node that does not run the keys of a file, the primary first. */
  provision(node: string, keys: readonly string[]): void {
    const ring = this.#ringOf(node);
    for (const key of keys) ring.install(bytesOf(key));
    const [primary = ''] = keys;
    ring.use(bytesOf(primary));
    for (const key of ring.list()) if (!keys.includes(key)) ring.remove(bytesOf(key));
  }

  /** Starts an operation from a node. */
  ask(by: string, operation: KeyOperation, key = '', relayFactor = 0): Asked {
    const { sim } = this;
    const live = new Set<string>();
    for (const { name, nodeState } of sim.node(by).members.values()) {
      if (nodeState === 'alive' || nodeState === 'suspect') live.add(name);
    }
    const at = sim.now;
    const callsBefore = this.calls.length;
    const command = { kind: 'keys', operation, key: bytesOf(key), relayFactor } as const;
    const pending = sim.command(by, command);
    return { operation, key, by, at, live, pending, callsBefore };
  }

  /** The report of an operation; `undefined` while there is none. */
  reportOf({ by, operation, pending }: Asked): KeyReport | undefined {
    const { result } = pending;
    if (result === undefined) return undefined;
    if (result.ok && result.value.kind === 'keys') return result.value;
    return this.sim.fail(`${by} could not ask for ${operation}`);
  }

  /** What is not honest in a report, in words. Held against what the keyrings did since it was asked. */
  dishonesty(asked: Asked, report: KeyReport): string | undefined {
    const { live, operation } = asked;
    const title = `the report of ${asked.by} on ${operation} ${asked.key.slice(0, 4)}`;
    if (report.nodes !== live.size) {
      return `${title} is about ${report.nodes} of ${live.size} live members`;
    }
    const calls = this.calls
      .slice(asked.callsBefore)
      .filter((call) => call.operation === operation && call.key === asked.key);
    for (const name of live) {
      if (report.silent.includes(name)) continue;
      const own = calls.filter(({ node }) => node === name);
      if (own.length === 0) return `${title} says that ${name} answered, which did nothing`;
      if (isSuccess(report) && own.every(({ refusal }) => refusal !== undefined)) {
        return `${title} claims success, and ${name} refused`;
      }
    }
    return operation === 'list' ? dishonestList(title, report, calls) : undefined;
  }

  #noting(node: string): KeyringAccess {
    const note = (operation: KeyOperation, key: Uint8Array): string | undefined => {
      const ring = this.#ringOf(node);
      const before = ring.list();
      const refusal = operation === 'list' ? undefined : ring[operation](key);
      const keys = ring.list();
      if (refusal !== undefined && keys.join() !== before.join()) {
        this.sim.fail(`${node} refused to ${operation}, and its keys are others now`);
      }
      this.calls.push({ node, operation, key: textOf(key), refusal, keys, at: this.sim.now });
      return refusal;
    };
    return {
      install: (key) => note('install', key),
      use: (key) => note('use', key),
      remove: (key) => note('remove', key),
      list: () => {
        note('list', new Uint8Array(0));
        return this.keysOf(node);
      },
    };
  }

  #ringOf(node: string): KeyringAccess {
    return this.#rings.get(node) ?? this.sim.fail(`${node} has no keyring`);
  }
}

/** Whether a report says that every member did it. */
export function isSuccess({ errors, silent, truncated }: KeyReport): boolean {
  return errors === 0 && silent.length === 0 && truncated.length === 0;
}

/** A key of 16, 24 or 32 bytes that differs for each number. */
export function keyOf(number: number, bytes: 16 | 24 | 32 = 32): string {
  const key = new Uint8Array(bytes).fill(number + 1);
  key[0] = 16 * (number + 1);
  return textOf(key);
}

export function bytesOf(key: string): Uint8Array {
  return Uint8Array.from(Buffer.from(key, 'base64'));
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}

/** A list that claims to be whole must count each key as often as the rings had it. */
function dishonestList(
  title: string,
  report: KeyReport,
  calls: readonly KeyCall[],
): string | undefined {
  const nodes = new Set(calls.map(({ node }) => node));
  // Who was asked twice meanwhile (by an earlier query that came late) may have answered either.
  if (nodes.size !== calls.length) return undefined;
  const counts = new Map<string, number>();
  for (const { keys } of calls) for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const isWhole = isSuccess(report);
  for (const [key, count] of counts) {
    const listed = report.keys.get(key) ?? 0;
    if (listed > count) return `${title} counts a key ${listed} times of ${count}`;
    if (isWhole && listed < count && calls.length === report.responses) {
      return `${title} claims to be whole, and counts a key ${listed} times of ${count}`;
    }
  }
  return undefined;
}
