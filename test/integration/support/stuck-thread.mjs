/**
 * A worker thread of which a part waits for a disk that does not answer: for a pipe, named by a tag, that
 * nobody writes to. Such a thread cannot be ended before it is answered.
 */

import { open } from 'node:fs/promises';

import { startSession } from '../../../dist/workers/thread.js';

export default function start(task) {
  void open(task.options.engine.tags.get('pipe'), 'r');
  return startSession(task, {});
}
