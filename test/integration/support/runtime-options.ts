/** Runtime options as `createNode` would resolve them, for tests below it. */

import type { Address } from '../../../src/model/address.ts';
import { defaultLimits, profiles } from '../../../src/node/profiles.ts';
import type { RuntimeOptions } from '../../../src/workers/runtime.ts';

export interface TestRuntimeOptions {
  readonly name: string;
  readonly bind?: Address;
  readonly keys?: readonly Uint8Array[];
  readonly label?: string;
  readonly engine?: Partial<RuntimeOptions['engine']>;
}

/** A node of the local profile on a free port of IPv4 loopback, unless said otherwise. */
export function runtimeOptions(options: TestRuntimeOptions): RuntimeOptions {
  return {
    bind: options.bind ?? { ip: '127.0.0.1', port: 0 },
    advertise: undefined,
    engine: {
      ...profiles.local,
      ...defaultLimits,
      name: options.name,
      tags: new Map([['role', 'test']]),
      ...options.engine,
    },
    keys: options.keys ?? [],
    label: options.label ?? '',
    compression: true,
    receiveBufferBytes: 4 * 1024 * 1024,
  };
}
