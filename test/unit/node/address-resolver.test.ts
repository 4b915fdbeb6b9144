import { describe, expect, it } from 'vitest';

import { hostAddressesMax, resolveAddresses } from '../../../src/node/address-resolver.ts';
import { rejection } from './fake-runtime.ts';

const portDefault = 7_777;
const hosts: Readonly<Record<string, readonly string[]>> = {
  one: ['10.0.0.1'],
  two: ['10.0.0.2', 'fd00::2', '10.0.0.2'],
  none: [],
};
const lookUp = async (host: string): Promise<readonly string[]> => {
  const found = hosts[host];
  if (found === undefined) throw new Error(`no such host ${host}`);
  return found;
};
const resolve = (...addresses: string[]) => resolveAddresses(addresses, { portDefault, lookUp });

describe('addresses to join', () => {
  it('have the own port when they name none', async () => {
    const { targets } = await resolve('10.0.0.9', 'one', '::1', '[::1]');
    expect(targets.map(({ target }) => target)).toEqual([
      { ip: '10.0.0.9', port: portDefault },
      { ip: '10.0.0.1', port: portDefault },
      { ip: '::1', port: portDefault },
      { ip: '::1', port: portDefault },
    ]);
  });

  it('keep the node name before the slash', async () => {
    const { targets } = await resolve('web-1/one:1', 'web-2/[::1]:2');
    expect(targets).toEqual([
      { address: 'web-1/one:1', target: { ip: '10.0.0.1', port: 1, name: 'web-1' } },
      { address: 'web-2/[::1]:2', target: { ip: '::1', port: 2, name: 'web-2' } },
    ]);
  });

  it('become every address of their host, each once, in the order given', async () => {
    const { targets } = await resolve('two:5', 'one:6');
    expect(targets.map(({ target }) => `${target.ip} ${target.port}`)).toEqual([
      '10.0.0.2 5',
      'fd00::2 5',
      '10.0.0.1 6',
    ]);
  });

  it('are reported one by one when their host is unknown', async () => {
    const { targets, unknown } = await resolve('nobody:1', 'one', 'none');
    expect(targets).toHaveLength(1);
    expect(unknown).toEqual([
      { address: 'nobody:1', text: 'host nobody: no such host nobody' },
      { address: 'none', text: 'host none: no address' },
    ]);
  });

  it('are bounded for one host', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `10.1.0.${index}`);
    const { targets } = await resolveAddresses(['fleet'], {
      portDefault,
      lookUp: async () => many,
    });
    expect(targets).toHaveLength(hostAddressesMax);
  });

  it.each(['', '/one', 'one:99999', 'web/', 'a:b:c', ':7946'])(
    'are refused as a whole for the malformed "%s"',
    async (address) => {
      const error = await rejection(resolve('one', address));
      expect(error.code).toBe('ERR_OPTION');
      expect(error.details).toEqual({ option: 'addresses', value: address });
    },
  );

  it('are refused when there is none', async () => {
    expect((await rejection(resolve())).code).toBe('ERR_OPTION');
  });

  it('are looked up by the resolver of the system', async () => {
    const { targets } = await resolveAddresses(['localhost:1'], { portDefault });
    expect(targets.map(({ target }) => target.ip)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:127\.0\.0\.1|::1)$/)]),
    );
  });

  it('are not waited for any longer than their caller wants', async () => {
    const abort = new AbortController();
    const never = new Promise<readonly string[]>(() => undefined);
    const waiting = resolveAddresses(['slow'], {
      portDefault,
      lookUp: () => never,
      signal: abort.signal,
    });
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
