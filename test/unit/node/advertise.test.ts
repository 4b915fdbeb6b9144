import { describe, expect, it } from 'vitest';

import type { Interfaces } from '../../../src/node/advertise.ts';
import { isPublic, privateAddress } from '../../../src/node/advertise.ts';

const everywhere = { ip: '0.0.0.0', port: 1 };

describe('the address to advertise', () => {
  it('is a private one of the first interface that has one', () => {
    const interfaces = machine(['lo', '127.0.0.1'], ['eth0', '203.0.113.4'], ['eth1', '10.0.0.4']);
    expect(privateAddress(everywhere, interfaces)).toEqual({ ip: '10.0.0.4', port: 0 });
  });

  it('may be one behind a carrier', () => {
    expect(privateAddress(everywhere, machine(['tun0', '100.64.0.9'])).ip).toBe('100.64.0.9');
  });

  it('is a unique local one, or else IPv4, when bound to IPv6', () => {
    const both = machine(['eth0', '10.0.0.4'], ['eth1', 'fd00::4']);
    const bind = { ip: '::', port: 1 };
    expect(privateAddress(bind, both).ip).toBe('fd00::4');
    expect(privateAddress(bind, machine(['eth0', '10.0.0.4'])).ip).toBe('10.0.0.4');
    expect(privateAddress(everywhere, both).ip).toBe('10.0.0.4');
  });

  it('is never a public one by guess', () => {
    const interfaces = machine(['eth0', '203.0.113.4'], ['eth0', 'fe80::1'], ['lo', '127.0.0.1']);
    expect(() => privateAddress(everywhere, interfaces)).toThrow(/Set the option advertise/);
  });
});

describe('a public address', () => {
  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['::ffff:8.8.8.8', true],
    ['10.1.2.3', false],
    ['127.0.0.1', false],
    ['::1', false],
    ['fd00::1', false],
    ['169.254.1.1', false],
  ])('is one that the internet reaches: %s %s', (ip, expected) => {
    expect(isPublic(ip)).toBe(expected);
  });
});

function machine(...addresses: readonly (readonly [name: string, address: string])[]): Interfaces {
  const interfaces: Record<string, NonNullable<Interfaces[string]>> = {};
  for (const [name, address] of addresses) {
    const isV6 = address.includes(':');
    const common = { address, netmask: '', mac: '', cidr: null, internal: name === 'lo' };
    interfaces[name] = [
      ...(interfaces[name] ?? []),
      isV6 ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' },
    ];
  }
  return interfaces;
}
