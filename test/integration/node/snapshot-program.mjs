/**
 * The process that `snapshot-place.ts` starts: one node, of which it writes what is told. Arguments: the
 * options, whom to join, and what SIGUSR2 is to do: `block` for good, `kill` the engine's thread, or
 * `leave` and end.
 */

import { createNode } from 'folkmoot';

const [options, others, onSignal] = JSON.parse(process.argv[2]);

process.on('SIGUSR2', () => {
  console.log(onSignal);
  if (onSignal === 'kill') new BroadcastChannel('folkmoot-test-kill').postMessage('throw');
  if (onSignal === 'block') for (;;);
  if (onSignal === 'leave') void node[Symbol.asyncDispose]();
});

const node = await createNode(options);
node.event$.subscribe(({ name, time }) => console.log('event', name, time));
node.member$.subscribe(({ kind, members }) => {
  for (const { name } of members) console.log(kind, name);
});
node.state$.subscribe((state) => console.log(state));
for (const other of others) await node.join([other]);
console.log('up');
