/** Times and durations for people. */

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `350 ms`, `4.2 s`, `4 min 12 s`, `3 h 5 min`, `2 d 4 h`: two units at the most. */
export function durationText(ms: number): string {
  const rounded = Math.max(0, Math.round(ms));
  if (rounded < secondMs) return `${rounded} ms`;
  // What would be rounded to a full unit is one of the larger ones: not 60 s, not 60 min.
  if (rounded < minuteMs - 50) return `${trimmed(rounded / secondMs)} s`;
  if (rounded < hourMs - secondMs / 2) return pair(rounded, [minuteMs, 'min'], [secondMs, 's']);
  if (rounded < dayMs - minuteMs / 2) return pair(rounded, [hourMs, 'h'], [minuteMs, 'min']);
  return pair(rounded, [dayMs, 'd'], [hourMs, 'h']);
}

/** ISO 8601 in UTC, to the millisecond. */
export function timeText(at: number): string {
  return new Date(at).toISOString();
}

/** `12 s ago`; a time that is yet to come, by another clock, is `now`. */
export function agoText(at: number, now: number): string {
  const ms = now - at;
  return ms < 1 ? 'now' : `${durationText(ms)} ago`;
}

type Unit = readonly [ms: number, name: string];

function pair(ms: number, [bigMs, bigName]: Unit, [smallMs, smallName]: Unit): string {
  const small = Math.round(ms / smallMs);
  const perBig = bigMs / smallMs;
  const big = Math.floor(small / perBig);
  const rest = small % perBig;
  return rest === 0 ? `${big} ${bigName}` : `${big} ${bigName} ${rest} ${smallName}`;
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
