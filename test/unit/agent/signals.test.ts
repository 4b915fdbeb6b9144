import { describe, expect, it } from 'vitest';

import { processSignals } from '../../../src/agent/signals.ts';

describe('signals', () => {
  it('are heard once when terminal and npm both send them, and again later', () => {
    let now = 0;
    const heard: string[] = [];
    const stop = processSignals(() => now).listen((signal) => heard.push(signal));
    process.emit('SIGINT', 'SIGINT');
    now = 20;
    process.emit('SIGINT', 'SIGINT');
    expect(heard).toEqual(['SIGINT']);
    now = 1_000;
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGTERM', 'SIGTERM');
    stop();
    expect(heard).toEqual(['SIGINT', 'SIGINT', 'SIGTERM']);
  });
});
