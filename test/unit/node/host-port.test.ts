import { describe, expect, it } from 'vitest';

import { parseHostPort } from '../../../src/node/host-port.ts';

describe('a host and port', () => {
  it.each([
    ['10.0.0.1', { host: '10.0.0.1', port: undefined }],
    ['10.0.0.1:7946', { host: '10.0.0.1', port: 7_946 }],
    [':7946', { host: '', port: 7_946 }],
    ['host', { host: 'host', port: undefined }],
    ['host.example:0', { host: 'host.example', port: 0 }],
    ['::1', { host: '::1', port: undefined }],
    ['fe80::1%eth0', { host: 'fe80::1%eth0', port: undefined }],
    ['[::1]', { host: '::1', port: undefined }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['::ffff:10.0.0.1', { host: '::ffff:10.0.0.1', port: undefined }],
  ])('is read from %s', (text, expected) => {
    expect(parseHostPort(text)).toEqual(expected);
  });

  it.each([
    '',
    ':',
    'host:',
    'host:x',
    'host:65536',
    'a:b:c',
    '[::1',
    '[10.0.0.1]:1',
    '[x]:1',
    'a b:1',
  ])('is not read from "%s"', (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });
});
