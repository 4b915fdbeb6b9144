/** The core runs where there is no host at all: no timers, no console, no clock, no chance. */

import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { defaultLimits, profiles } from '../../../src/node/profiles.ts';
import { root } from './tree.ts';

/** Takes an engine through its start and a minute of its timers, inside the bare context. */
const scenario = `
  const forbid = (what) => () => { throw new Error('the core used ' + what); };
  globalThis.Date = new Proxy(function () {}, {
    apply: forbid('Date'), construct: forbid('Date'), get: forbid('Date'),
  });
  Math.random = forbid('Math.random');
  let drawn = 0;
  const random = () => (drawn = (drawn + 0.618) % 1);
  const bytes = () => Uint8Array.of(1);
  const codec = {
    encode: bytes, encodeSerf: bytes, compound: bytes, encodeTags: bytes,
    decodeSerf: () => ({ ok: false, reason: 'unknown-type' }),
    ipText: () => '10.0.0.1', ipBytes: bytes,
    readMeta: (meta) => ({ bytes: meta, tags: new Map() }),
    matchesFilters: () => true,
  };
  const engine = new core.Engine(JSON.parse(options, revive), { codec, random }, 1_000);
  const kinds = engine.step({ kind: 'start' }, 1_000).map((output) => output.kind);
  for (let turns = 0; engine.deadline < 61_000 && turns < 10_000; turns += 1) {
    engine.step({ kind: 'timer' }, engine.deadline);
  }
  JSON.stringify({ kinds, members: [...engine.members.keys()] });
  function revive(key, value) { return key === 'tags' ? new Map() : value; }
`;

describe('the core', () => {
  it('runs in a context without any global of a host', async () => {
    const code = await bundled('src/core/engine.ts');
    const options = JSON.stringify({
      ...profiles.lan,
      ...defaultLimits,
      name: 'lonely',
      advertise: { ip: '127.0.0.1', port: 7_946 },
      packetOverheadBytes: 0,
      tags: {},
    });
    const bare = createContext(Object.assign(Object.create(null) as object, { options }));
    runInContext(code, bare);
    const said = JSON.parse(String(runInContext(scenario, bare))) as Said;
    expect(said.kinds).toContain('fact');
    expect(said.members).toEqual(['lonely']);
  });
});

interface Said {
  readonly kinds: readonly string[];
  readonly members: readonly string[];
}

/** The module with all that it imports, as a script that leaves its exports in `core`. */
async function bundled(path: string): Promise<string> {
  const bundle = await rolldown({ input: join(root, path), platform: 'browser' });
  const { output } = await bundle.generate({ format: 'iife', name: 'core', exports: 'named' });
  await bundle.close();
  return output[0].code;
}
