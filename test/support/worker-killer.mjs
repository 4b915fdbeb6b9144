/** Preloaded into every thread of our host process: lets a worker thread end itself, in several ways. */

import { isMainThread } from 'node:worker_threads';

if (!isMainThread) {
  const channel = new BroadcastChannel('folkmoot-test-kill');
  channel.unref();
  channel.onmessage = ({ data }) => {
    if (data === 'exit') process.exit(7);
    if (data === 'throw') setImmediate(() => throwUncaught());
    if (data === 'memory') exhaust();
  };
}

function throwUncaught() {
  throw new Error('thrown by the test inside the worker');
}

// Plain objects: a thread's limit counts its heap, not what array buffers hold outside it.
function exhaust() {
  const hoard = [];
  for (;;) hoard.push({ index: hoard.length, text: `${hoard.length}` });
}
