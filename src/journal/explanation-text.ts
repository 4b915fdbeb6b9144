/** Reasons as text for a terminal or a log: one line a step. */

import type { Reasons } from './explanation.ts';
import { agoText, durationText, timeText } from './time-text.ts';

/** The text, as seen at `now` (Unix epoch ms). Lines end in `\n` but for the last. */
export function explanationText(reasons: Reasons, now: number): string {
  const { chain } = reasons;
  const agos = chain.map(({ at }) => agoText(at, now));
  const width = Math.max(0, ...agos.map(({ length }) => length));
  const steps = chain.map(
    ({ at, text }, index) => `${timeText(at)}  ${(agos[index] ?? '').padEnd(width)}  ${text}`,
  );
  return [headline(reasons, now), ...steps, ...remarks(reasons)].join('\n');
}

function headline({ name, observer, status, since }: Reasons, now: number): string {
  if (status === 'unknown') return `${observer} knows nothing of a member called ${name}.`;
  const what =
    status === 'reaped'
      ? `${name} was a member, and its record is gone`
      : name === observer
        ? `${name} is ${status}, by its own view`
        : `${name} is ${status}, as ${observer} sees it`;
  if (since === undefined) return `${what}.`;
  return `${what}, since ${timeText(since)} (for ${durationText(now - since)}).`;
}

/** What is missing above, and where there is more. */
function remarks({ name, status, gaps, refutedBefore, journalSince, chain }: Reasons): string[] {
  const lines: string[] = [];
  const more = `history({ name: '${name}' }) has them`;
  if (refutedBefore > 0) {
    const suspicions = refutedBefore === 1 ? 'suspicion' : 'suspicions';
    lines.push(`It refuted ${refutedBefore} earlier ${suspicions} since it came; ${more}.`);
  }
  if (journalSince === undefined || (status !== 'unknown' && !gaps.includes('dropped')))
    return lines;
  const begin = `the journal goes back to ${timeText(journalSince)} only`;
  const remedy = 'a larger journalEntriesMax reaches further';
  if (status === 'unknown') lines.push(`If there was one: ${begin}; ${remedy}.`);
  else if (chain.length === 0) lines.push(`Why is not known any more: ${begin}; ${remedy}.`);
  else lines.push(`What was before is not known any more: ${begin}; ${remedy}.`);
  return lines;
}
