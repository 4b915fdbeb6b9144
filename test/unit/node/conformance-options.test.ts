/** Go's tests of configuration and of address texts (memberlist_test, util_test, config_test). */

import { describe, expect, it } from 'vitest';
import { isIpAllowed, parseCidr, parseIp } from '../../../src/model/address.ts';
import type { Cidr } from '../../../src/model/address.ts';
import { resolveAddresses } from '../../../src/node/address-resolver.ts';
import { parseHostPort } from '../../../src/node/host-port.ts';
import { resolveOptions } from '../../../src/node/options.ts';
import type { NodeOptions } from '../../../src/node/options.ts';
import { fakeNode, rejection } from './fake-runtime.ts';

const keysOf = (options: NodeOptions) =>
  resolveOptions({ bind: '127.0.0.1:0', ...options }).runtime.keys;

describe('keys', () => {
  // TestCreate_secretKey
  it('of 16 bytes are taken, of 3, 38 and none refused', () => {
    expect(keysOf({ encryptKey: new Uint8Array(16) })).toHaveLength(1);
    for (const size of [0, 3, 38]) {
      expect(() => keysOf({ encryptKey: new Uint8Array(size) })).toThrow(/16, 24 or 32 bytes/);
    }
  });

  // TestCreate_secretKeyEmpty, TestCreate_keyringOnly, TestSerfStats
  it('make a node say that it encrypts, and their absence that it does not', async () => {
    const encrypts = async (options: NodeOptions): Promise<boolean> => {
      const { node } = await fakeNode(options);
      return (await node.stats()).encrypted;
    };
    expect(await encrypts({})).toBe(false);
    expect(await encrypts({ keys: [] })).toBe(false);
    expect(await encrypts({ keys: [new Uint8Array(16)] })).toBe(true);
  });

  // TestCreate_keyringAndSecretKey
  it('have the one that encrypts first, beside a ring that has another', () => {
    const secret = new Uint8Array(16).fill(1);
    const [primary] = keysOf({ encryptKey: secret, keys: [new Uint8Array(16)] });
    expect(primary).toEqual(secret);
  });
});

describe('an address text', () => {
  const port = 8301;

  // TestUtil_PortFunctions
  it.each([
    ['1.2.3.4', '1.2.3.4', undefined],
    ['1.2.3.4:1234', '1.2.3.4', 1234],
    ['2600:1f14:e22:1501:f9a:2e0c:a167:67e8', '2600:1f14:e22:1501:f9a:2e0c:a167:67e8', undefined],
    ['[2600:1f14:e22:1501:f9a:2e0c:a167:67e8]', '2600:1f14:e22:1501:f9a:2e0c:a167:67e8', undefined],
    ['[2600:1f14:e22:1501:f9a:2e0c:a167:67e8]:1234', '2600:1f14:e22:1501:f9a:2e0c:a167:67e8', 1234],
    ['localhost', 'localhost', undefined],
    ['localhost:1234', 'localhost', 1234],
    ['hashicorp.com', 'hashicorp.com', undefined],
    ['hashicorp.com:1234', 'hashicorp.com', 1234],
  ])('%s has this host and port', (text, host, expected) => {
    expect(parseHostPort(text)).toEqual({ host, port: expected });
  });

  const cases = [
    { text: 'localhost', ip: undefined, port },
    { text: '[::1]:80', ip: '::1', port: 80 },
    { text: '[::1]', ip: '::1', port },
    { text: 'localhost:80', ip: undefined, port: 80 },
    { text: '127.0.0.1:80', ip: '127.0.0.1', port: 80 },
    { text: '[2001:db8:a0b:12f0::1]:80', ip: '2001:db8:a0b:12f0::1', port: 80 },
    { text: '127.0.0.1', ip: '127.0.0.1', port },
    { text: '[2001:db8:a0b:12f0::1]', ip: '2001:db8:a0b:12f0::1', port },
  ];

  // TestMemberList_ResolveAddr
  it.each(cases)('$text leads to $ip, port $port, with a name before it too', async (expected) => {
    for (const name of [undefined, 'foo.bar']) {
      const text = name === undefined ? expected.text : `${name}/${expected.text}`;
      const { targets } = await resolveAddresses([text], { portDefault: port });
      const [first] = targets;
      expect(first?.target).toMatchObject({ port: expected.port, ...(name && { name }) });
      // What localhost is, is the system's to say.
      const ip = first?.target.ip ?? '';
      expect(ip).toBe(expected.ip ?? parseIp(ip));
    }
  });

  // TestMemberList_ResolveAddr
  it.each([':80', 'foo.bar/:80', 'localhost:80000', 'foo.bar/localhost:80000', '/127.0.0.1:80'])(
    '%s leads nowhere',
    async (text) => {
      const error = await rejection(resolveAddresses([text], { portDefault: port }));
      expect(error.code).toBe('ERR_OPTION');
    },
  );
});

describe('the networks that are allowed', () => {
  const blocks = (...texts: string[]) => texts.map((text) => parseCidr(text) as Cidr);
  const v4 = ['127.0.0.5', '10.0.0.9', '192.168.1.7'];
  const v6 = ['fe80::38bc:4dff:fe62:b1ae', '::1'];

  // Test_IsValidAddressDefaults
  it('are all, if none are named', () => {
    for (const profile of ['lan', 'wan'] as const) {
      const { engine } = resolveOptions({ bind: '127.0.0.1:0', profile }).runtime;
      for (const ip of [...v4, ...v6, '172.16.0.7', 'fe80::aede:48ff:fe00:1122']) {
        expect(isIpAllowed(ip, engine.allowedCidrs), ip).toBe(true);
      }
    }
  });

  // Test_IsValidAddressOverride
  it.each([
    { allow: [], good: [...v4, '::1'], bad: [] },
    { allow: ['0.0.0.0/0'], good: v4, bad: v6 },
    { allow: ['::0/0'], good: v6, bad: v4 },
    {
      allow: ['::1/128', '127.0.0.0/8'],
      good: ['127.0.0.5', '::1'],
      bad: ['::2', '178.250.0.187', '10.0.0.9', '192.168.1.7', 'fe80::38bc:4dff:fe62:b1ae'],
    },
  ])('are those that $allow name', ({ allow, good, bad }) => {
    const allowed = blocks(...allow);
    for (const ip of good) expect(isIpAllowed(ip, allowed), ip).toBe(true);
    for (const ip of bad) expect(isIpAllowed(ip, allowed), ip).toBe(false);
  });

  // TestMemberlist_JoinDifferentNetworksMultiMasks
  it('must have the own address in them', () => {
    const options = { bind: '127.0.2.1:0', allowedCidrs: ['127.0.0.0/24', '127.0.1.0/24'] };
    expect(() => resolveOptions(options)).toThrow(/allowedCidrs/);
  });
});

describe('a name', () => {
  // TestSerf_ValidateNodeName
  it('of more than 128 bytes is refused; of other letters it is not, as Serf by default', () => {
    const named = (name: string) => resolveOptions({ bind: '127.0.0.1:0', name }).runtime.engine;
    expect(() => named('a'.repeat(129))).toThrow(/name/);
    expect(named('a'.repeat(128)).name).toHaveLength(128);
    expect(named('!BadChars&^*').name).toBe('!BadChars&^*');
  });
});
