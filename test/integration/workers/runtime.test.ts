import { startInline } from '../../../src/workers/inline-host.ts';
import { memoryNetwork } from '../../../src/workers/memory-transport.ts';
import { builtWorkerHost } from '../support/built.ts';
import { describeRuntime } from './runtime-conformance.ts';

describeRuntime('worker, IPv4', async () => {
  const { startWorker } = await builtWorkerHost();
  return { start: (options, listener) => startWorker(options, listener), ip: '127.0.0.1' };
});

describeRuntime('inline, UDP and TCP, IPv6', () =>
  Promise.resolve({ start: (options, listener) => startInline(options, listener), ip: '::1' }),
);

describeRuntime('inline, memory', () => {
  const network = memoryNetwork();
  const transport = (): ReturnType<typeof network.transport> => network.transport();
  return Promise.resolve({
    start: (options, listener) => startInline(options, listener, { transport }),
    ip: '10.0.0.1',
  });
});
