import { describe, expect, it } from 'vitest';
import {
  formatAddress,
  ipFromBytes,
  ipToBytes,
  isIpAllowed,
  parseCidr,
  parseIp,
  sameAddress,
  unmapIp,
} from '../../../src/model/address.ts';
import type { Cidr } from '../../../src/model/address.ts';

const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3);

describe('an IP', () => {
  it.each([
    ['127.0.0.1', [127, 0, 0, 1]],
    ['255.255.255.255', [255, 255, 255, 255]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['2001:db8::7', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]],
  ])('%s is these bytes, both ways', (text, bytes) => {
    expect([...ipToBytes(text)]).toEqual(bytes);
    expect(ipFromBytes(Uint8Array.from(bytes))).toBe(text);
  });

  it('in its mapped form keeps a text of its own, since Go compares bytes', () => {
    expect(ipFromBytes(mapped)).toBe('::ffff:10.1.2.3');
    expect(ipToBytes('::ffff:10.1.2.3')).toEqual(mapped);
    expect(unmapIp('::ffff:10.1.2.3')).toBe('10.1.2.3');
    expect(unmapIp('::ffff:1')).toBe('::ffff:1');
    expect(unmapIp('10.1.2.3')).toBe('10.1.2.3');
  });

  it.each([0, 1, 3, 5, 15, 17])('is not read from %i bytes', (length) => {
    expect(ipFromBytes(new Uint8Array(length))).toBeUndefined();
  });

  it('is parsed to its one canonical text', () => {
    expect(parseIp('127.0.0.1')).toBe('127.0.0.1');
    expect(parseIp('2001:DB8:0:0:0:0:0:7')).toBe('2001:db8::7');
    expect(parseIp('fe80::1%eth0')).toBe('fe80::1');
  });

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '127.1',
    '0x7f000001',
    ':::',
    '[::1]',
  ])('is not parsed from %j', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });
});

describe('an address', () => {
  it('is written as people do', () => {
    expect(formatAddress({ ip: '127.0.0.1', port: 7946 })).toBe('127.0.0.1:7946');
    expect(formatAddress({ ip: '::1', port: 7946 })).toBe('[::1]:7946');
    expect(formatAddress({ ip: '::ffff:10.1.2.3', port: 1 })).toBe('10.1.2.3:1');
  });

  it('is the same only if IP and port are', () => {
    const address = { ip: '10.0.0.1', port: 1 };
    expect(sameAddress(address, { ...address })).toBe(true);
    expect(sameAddress(address, { ...address, port: 2 })).toBe(false);
    expect(sameAddress(address, { ...address, ip: '::ffff:10.0.0.1' })).toBe(false);
  });
});

describe('a list of CIDR blocks', () => {
  const blocks = ['10.0.0.0/8', '2001:db8::/32'].map((text) => parseCidr(text) as Cidr);

  it('allows what lies in one of its blocks, mapped or not', () => {
    expect(isIpAllowed('10.200.0.1', blocks)).toBe(true);
    expect(isIpAllowed('::ffff:10.200.0.1', blocks)).toBe(true);
    expect(isIpAllowed('2001:db8::1', blocks)).toBe(true);
    expect(isIpAllowed('11.0.0.1', blocks)).toBe(false);
    expect(isIpAllowed('2001:db9::1', blocks)).toBe(false);
  });

  it('allows everything if it is empty', () => {
    expect(isIpAllowed('11.0.0.1', [])).toBe(true);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'ten/8', ''])('has no block %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});
