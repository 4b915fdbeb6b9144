/** A thread with a node of its own, which asks while the main thread may be blocked. */

import { parentPort, workerData } from 'node:worker_threads';

import { createNode } from 'folkmoot';

const { join, ...options } = workerData;
const node = await createNode({ ...options, runtime: 'inline', logger: false });
await node.join([join]);
parentPort.postMessage('joined');

parentPort.on('message', async ({ name, timeoutMs }) => {
  if (name === undefined) {
    await node.shutdown();
    parentPort.close();
    return;
  }
  const askedAt = performance.now();
  const acks = [];
  const query = node.query(name, '', { requestAck: true, timeoutMs });
  for await (const from of query.acks) {
    acks.push({ from, afterMs: Math.round(performance.now() - askedAt) });
  }
  const { responses, end } = await query.summary;
  parentPort.postMessage({ acks, responses, end });
});
