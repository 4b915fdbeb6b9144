import { describe, expect, it } from 'vitest';

import { howToJoin } from '../../../src/agent/how-to-join.ts';
import type { StartFlags } from '../../../src/agent/program.ts';

const flags: StartFlags = {
  join: [],
  ignoreOld: false,
  bind: '127.0.0.1:0',
  tag: new Map(),
  profile: 'lan',
  logLevel: 'warn',
  json: false,
};

describe('how another node joins', () => {
  it('is a command of ours and one of Serf', () => {
    expect(howToJoin({ address: { ip: '127.0.0.1', port: 4_711 } }, flags)).toEqual([
      'Another node joins it by:',
      '  npm start -- --join 127.0.0.1:4711',
      '  serf agent -join 127.0.0.1:4711 -bind 127.0.0.1:7946',
    ]);
  });

  it('reaches beyond the machine where this node does', () => {
    const [, ours, serfs] = howToJoin({ address: { ip: 'fd00::1', port: 1 } }, flags);
    expect(ours).toContain('--join [fd00::1]:1 --bind 0.0.0.0:7946');
    expect(serfs).toBe('  serf agent -join [fd00::1]:1');
  });

  it('names what must be the same on both sides, but shows no key', () => {
    const lines = howToJoin(
      { address: { ip: '::1', port: 1 } },
      { ...flags, encrypt: 'c2VjcmV0', profile: 'local' },
    ).join('\n');
    expect(lines).toContain('npm start -- --join [::1]:1 --encrypt "$KEY" --profile local');
    expect(lines).toContain('-bind [::1]:7946 -encrypt "$KEY" -profile local');
    expect(lines).not.toContain('c2VjcmV0');
  });

  it('leaves Serf out of a labelled cluster, which its agent cannot join', () => {
    const lines = howToJoin(
      { address: { ip: '127.0.0.1', port: 1 } },
      { ...flags, label: "blue's" },
    );
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(String.raw`--label 'blue'\''s'`);
  });
});
