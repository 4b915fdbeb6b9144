/** Go's tests of the key manager, each told again in a simulated cluster of two with keyrings. */

import { describe, expect, it } from 'vitest';
import { Engine } from '../../../src/core/engine.ts';
import type { KeyOperation, KeyReport } from '../../../src/core/keys.ts';
import { createSimulation } from '../../../src/testing/index.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import { keyringAccess } from '../../../src/workers/keyring-access.ts';

const key = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));
const first = 'enjTwAFRe4IE71bOFhirzQ==';
const second = 'HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=';
const third = 'T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=';
const fourth = '5K9OtfP7efFrNKe5WCQvXvnaXJ5cWP0SvXiwe0kkjM4=';

/** Two members, each with a keyring of its own; what one is told to do, both do. */
function pair(...installed: readonly string[]) {
  const rings = new Map<string, Keyring>();
  const sim = createSimulation({
    nodes: 2,
    createEngine: (options, dependencies, now) => {
      const ring = new Keyring(installed.map(key));
      rings.set(options.name, ring);
      return new Engine(options, { ...dependencies, keyring: keyringAccess(ring) }, now);
    },
  });
  sim.runUntilConverged();
  return {
    rings,
    run: (operation: KeyOperation, base64 = ''): KeyReport => {
      const command = { kind: 'keys', operation, key: key(base64), relayFactor: 0 } as const;
      const pending = sim.command('n1', command);
      sim.runUntil(() => pending.result !== undefined);
      const { result } = pending;
      if (result?.ok !== true || result.value.kind !== 'keys') throw new Error('it was refused');
      return result.value;
    },
    all: () => [...rings.values()].map((ring) => ring.all),
  };
}

describe('the keys of two members', () => {
  // TestSerf_InstallKey
  it('have a new one on both when it is installed, and the same primary as before', () => {
    const { run, all } = pair(first, third);
    expect(run('install', second)).toMatchObject({ nodes: 2, responses: 2, errors: 0 });
    const expected = [first, third, second].map(key);
    expect(all()).toEqual([expected, expected]);
  });

  // TestSerf_UseKey
  it('have another primary on both when it is used; one that is not installed is an error', () => {
    const { run, all } = pair(first, second);
    expect(run('use', second).errors).toBe(0);
    expect(all().map(([primary]) => primary)).toEqual([key(second), key(second)]);
    const report = run('use', fourth);
    expect(report).toMatchObject({ nodes: 2, responses: 2, errors: 2 });
    expect([...report.messages.values()]).toEqual(
      Array.from({ length: 2 }, () => 'requested key is not in the keyring'),
    );
  });

  // TestSerf_RemoveKey
  it('are without one on both when it is removed, and removing it again is fine', () => {
    const { run, all } = pair(first, third);
    expect(run('remove', third).errors).toBe(0);
    expect(all()).toEqual([[key(first)], [key(first)]]);
    expect(run('remove', third).errors).toBe(0);
  });

  // TestSerf_ListKeys
  it('are listed with how many have each, and one primary', () => {
    const { run, rings } = pair(first, second, third);
    rings.get('n2')?.add(key(fourth));
    const { keys, primaryKeys } = run('list');
    expect(keys).toEqual(new Map([[first, 2], [second, 2], [third, 2], [fourth, 1]])); // prettier-ignore
    expect(primaryKeys).toEqual(new Map([[first, 2]]));
  });
});
