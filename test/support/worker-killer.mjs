/** Preloaded into every thread of our host process: lets a worker thread end itself, in one of two ways. */

import { isMainThread } from 'node:worker_threads';

if (!isMainThread) {
  const channel = new BroadcastChannel('folkmoot-test-kill');
  channel.unref();
  channel.onmessage = ({ data }) => {
    if (data === 'exit') process.exit(7);
    if (data === 'throw') setImmediate(() => throwUncaught());
  };
}

function throwUncaught() {
  throw new Error('thrown by the test inside the worker');
}
