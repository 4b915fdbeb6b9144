import { hostname } from 'node:os';

import { describe, expect, it } from 'vitest';

import { FolkmootError } from '../../../src/model/error.ts';
import { resolveOptions } from '../../../src/node/options.ts';
import type { NodeOptions } from '../../../src/node/options.ts';
import { defaultLimits, profiles } from '../../../src/node/profiles.ts';

const loopback = { bind: '127.0.0.1:0' };
const key = Buffer.alloc(32, 7).toString('base64');

describe('options that are not given', () => {
  it('are those of a Serf agent', () => {
    const { runtime, runtimeKind } = resolveOptions(loopback);
    expect(runtime.engine).toEqual({
      ...profiles.lan,
      ...defaultLimits,
      name: hostname(),
      tags: new Map(),
    });
    expect(runtime).toMatchObject({ keys: [], label: '', compression: true });
    expect(runtimeKind).toBe('worker');
  });

  it('listen on all addresses and advertise a private one', () => {
    const eth0 = { address: '10.0.0.4', family: 'IPv4', internal: false } as const;
    const { runtime } = resolveOptions(
      {},
      { eth0: [{ ...eth0, netmask: '255.0.0.0', mac: '', cidr: null }] },
    );
    expect(runtime.bind).toEqual({ ip: '0.0.0.0', port: 7_946 });
    expect(runtime.advertise).toEqual({ ip: '10.0.0.4', port: 0 });
  });

  it('may also be given as undefined', () => {
    expect(resolveOptions({ ...loopback, name: undefined, limits: undefined }).runtime.label).toBe(
      '',
    );
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1:80', { ip: '127.0.0.1', port: 80 }],
    ['127.0.0.1', { ip: '127.0.0.1', port: 7_946 }],
    ['[::1]:0', { ip: '::1', port: 0 }],
    ['::1', { ip: '::1', port: 7_946 }],
    ['[0:0::1]:5', { ip: '::1', port: 5 }],
  ])('to listen on may be written %s', (bind, expected) => {
    expect(resolveOptions({ bind }).runtime).toMatchObject({
      bind: expected,
      advertise: undefined,
    });
  });

  it('to advertise have the bound port unless they name one', () => {
    const resolve = (advertise: string) =>
      resolveOptions({ ...loopback, advertise }).runtime.advertise;
    expect(resolve('10.0.0.1')).toEqual({ ip: '10.0.0.1', port: 0 });
    expect(resolve('10.0.0.1:5')).toEqual({ ip: '10.0.0.1', port: 5 });
  });
});

describe('a profile', () => {
  it('is one of memberlist by its name', () => {
    expect(resolveOptions({ ...loopback, profile: 'wan' }).runtime.engine.probeIntervalMs).toBe(
      5_000,
    );
  });

  it('may be changed in part, and is lan where it says nothing', () => {
    const { engine } = resolveOptions({ ...loopback, profile: { gossipNodes: 5 } }).runtime;
    expect(engine).toMatchObject({ ...profiles.lan, gossipNodes: 5 });
    const { engine: local } = resolveOptions({
      ...loopback,
      profile: { ...profiles.local, probeIntervalMs: 500 },
    }).runtime;
    expect(local).toMatchObject({ ...profiles.local, probeIntervalMs: 500 });
  });

  it('has the values of memberlist', () => {
    expect(Object.values(profiles).map((profile) => Object.values(profile))).toEqual([
      [1_000, 500, 3, 200, 3, 30_000, 4, 4, 6, 30_000, 10_000],
      [5_000, 3_000, 3, 500, 4, 60_000, 4, 6, 6, 60_000, 30_000],
      [1_000, 200, 1, 100, 3, 15_000, 2, 3, 6, 15_000, 1_000],
    ]);
  });
});

describe('keys', () => {
  it('may be bytes or base64, the primary first and each once', () => {
    const second = new Uint8Array(16).fill(1);
    const { keys } = resolveOptions({ ...loopback, encryptKey: key, keys: [second, key] }).runtime;
    expect(keys.map((each) => each.length)).toEqual([32, 16]);
    expect(keys[0]).toEqual(new Uint8Array(32).fill(7));
  });

  it('are copied, so that wiping them at the caller does not change them', () => {
    const mine = new Uint8Array(16).fill(1);
    const { keys } = resolveOptions({ ...loopback, encryptKey: mine }).runtime;
    mine.fill(0);
    expect(keys[0]).toEqual(new Uint8Array(16).fill(1));
  });

  it.each(['', 'not base64', key.slice(0, -1), Buffer.alloc(20).toString('base64')])(
    'are refused without being shown: %j',
    (encryptKey) => {
      const error = refusal({ ...loopback, encryptKey });
      expect(error.details).toEqual({ option: 'encryptKey', value: '(hidden)' });
      expect(error.message).toMatch(/: '\(hidden\)'\. Give 16, 24 or 32 bytes/);
    },
  );
});

describe('tags', () => {
  it('may be an object or a Map, and are copied', () => {
    const tags = new Map([['__proto__', 'yes']]);
    const resolved = resolveOptions({ ...loopback, tags }).runtime.engine.tags;
    tags.clear();
    expect([...resolved]).toEqual([['__proto__', 'yes']]);
    expect(resolveOptions({ ...loopback, tags: { a: '1' } }).runtime.engine.tags.get('a')).toBe(
      '1',
    );
  });

  it('are refused over 512 bytes, with how many there are', () => {
    const error = refusal({ ...loopback, tags: { a: 'x'.repeat(600) } });
    expect(error.code).toBe('ERR_TAGS_SIZE');
    expect(error.details['bytesMax']).toBe(512);
    expect(error.details['bytes']).toBeGreaterThan(600);
  });
});

describe('an option that cannot be', () => {
  const wrong: readonly (readonly [string, NodeOptions])[] = [
    ['name', { name: '' }],
    ['name', { name: 'ö'.repeat(65) }],
    ['bind', { bind: 'localhost:1' }],
    ['bind', { bind: '127.0.0.1:99999' }],
    ['advertise', { advertise: ':1' }],
    ['label', { label: 'l'.repeat(256) }],
    ['allowedCidrs', { allowedCidrs: ['10.0.0.0/33'] }],
    ['allowedCidrs', { allowedCidrs: ['10.0.0.0/8'] }],
    ['profile.probeIntervalMs', { profile: { probeIntervalMs: 0 } }],
    ['profile.probeTimeoutMs', { profile: { probeTimeoutMs: 1_001 } }],
    ['profile.gossipNodes', { profile: { gossipNodes: 1.5 } }],
    ['limits.membersMax', { limits: { membersMax: NaN } }],
    ['limits.coordinates', { limits: { coordinates: 1 as unknown as boolean } }],
    ['receiveBufferBytes', { receiveBufferBytes: 1 }],
    ['journalEntriesMax', { journalEntriesMax: 0 }],
  ];

  it.each(wrong)('is named, with its value and a remedy: %s', (option, options) => {
    const error = refusal({ ...loopback, ...options });
    expect(error.code).toBe('ERR_OPTION');
    expect(error.details).toMatchObject({ option });
    expect(error.message).toContain(option);
    expect(error.message).toMatch(/ Give /);
  });

  it('is found in JavaScript too', () => {
    const wrongTypes = {
      profile: 'fast',
      compression: 'yes',
      runtime: 'thread',
      tags: { a: 1 },
      logger: {},
      limits: 7,
      keys: 'k',
    };
    for (const [option, value] of Object.entries(wrongTypes)) {
      const error = refusal({ ...loopback, [option]: value });
      expect(String(error.details['option'])).toContain(option);
    }
  });

  it('is not taken for a default when its name is mistyped', () => {
    const error = refusal({ ...loopback, encryptkey: key } as NodeOptions);
    expect(error.message).toBe("There is no option encryptkey. Did you mean 'encryptKey'?");
    const nested = refusal({ ...loopback, profile: { probeInterval: 1 } } as NodeOptions);
    expect(nested.message).toContain(
      "no option profile.probeInterval. Did you mean 'probeInterval",
    );
    expect(refusal({ ...loopback, zzz: 1 } as NodeOptions).message).toContain(
      'Known are: name, bind',
    );
  });
});

function refusal(options: NodeOptions): FolkmootError {
  try {
    resolveOptions(options);
  } catch (error) {
    if (FolkmootError.is(error)) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
