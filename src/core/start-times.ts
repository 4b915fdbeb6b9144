/** What an engine takes over from earlier lives of its node: where its clocks begin, and what is old to it. */

import type { Clocks, EngineOptions } from './options.ts';

type Past = Pick<EngineOptions, 'resume' | 'startClocks'>;

const noPast: Clocks = { memberTime: 0, eventTime: 0, queryTime: 0 };

/** No clock falls behind what it has shown: a time that was used is not used again. */
export function startTimes({ resume, startClocks = noPast }: Past): Clocks {
  const resumed: Clocks = resume ?? noPast;
  return {
    memberTime: Math.max(1, resumed.memberTime, startClocks.memberTime),
    eventTime: Math.max(1, resumed.eventTime, startClocks.eventTime),
    queryTime: Math.max(1, resumed.queryTime, startClocks.queryTime),
  };
}

/**
 * Events and queries of times before these are no news: they were told of, or came too late for that.
 * Where a checkpoint is resumed from, it says what its owner was told of, which may be less than what
 * the engine that died had heard.
 */
export function heardBefore({ resume, startClocks }: Past): Clocks {
  return resume ?? startClocks ?? noPast;
}
