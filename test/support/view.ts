/** What a member sees of the cluster, in one form for Go agents and for ours, and how to compare. */

import { expect } from 'vitest';
import { waitFor } from './wait-for.ts';

export interface SeenMember {
  readonly address: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The members that somebody sees, by name. */
export type View = Readonly<Record<string, SeenMember>>;

/** Anything that sees a cluster. */
export interface Observer {
  readonly name: string;
  readonly address: string;
  readonly tags: Readonly<Record<string, string>>;
  view(): Promise<View>;
}

/** The view in which every one of `observers` is alive at its address, with its tags. */
export function aliveView(observers: readonly Observer[]): View {
  const entries = observers.map(
    ({ name, address, tags }) => [name, { address, tags, status: 'alive' }] as const,
  );
  return Object.fromEntries(entries);
}

/** Waits until every observer sees exactly `expected`. */
export async function allSee(
  observers: readonly Observer[],
  expected: View,
  deadlineMs = 30_000,
): Promise<void> {
  const waits = observers.map((observer) =>
    waitFor(
      async () => {
        expect(await observer.view()).toEqual(expected);
        return true;
      },
      { describe: `${observer.name} sees the expected cluster`, deadlineMs, everyMs: 200 },
    ),
  );
  await Promise.all(waits);
}

/** Waits until every observer sees `name` with this status (`'none'`: not at all). */
export async function allSeeStatus(
  observers: readonly Observer[],
  name: string,
  status: string,
  deadlineMs = 30_000,
): Promise<void> {
  const waits = observers.map((observer) =>
    waitFor(
      async () => {
        expect((await observer.view())[name]?.status ?? 'none').toBe(status);
        return true;
      },
      { describe: `${observer.name} sees ${name} as ${status}`, deadlineMs, everyMs: 150 },
    ),
  );
  await Promise.all(waits);
}
