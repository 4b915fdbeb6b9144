/** The last that happened to each member, grouped by what it is: Serf's member coalescer. */

import type { Member, Tags } from '../model/member.ts';
import type { MemberEvent } from './member-events.ts';

/** Members of whom it is remembered what was last told; then the one told of longest ago is forgotten. */
export const toldMembersMax = 100_000;

type MemberEventKind = MemberEvent['kind'];

/** What happened to one member. */
interface Held extends Pick<MemberEvent, 'kind' | 'at' | 'cause'> {
  readonly member: Member;
  /** The tags before, of an update. */
  readonly previous: Tags;
}

const noTags: Tags = new Map();

export class MemberCoalescer {
  readonly #latest = new Map<string, Held>();
  readonly #told = new Map<string, MemberEventKind>();

  get size(): number {
    return this.#latest.size;
  }

  hold(event: MemberEvent): boolean {
    const { kind, at, cause } = event;
    for (const [index, member] of event.members.entries()) {
      const before = this.#latest.get(member.name);
      const tags = event.kind === 'member-update' ? (event.previous[index] ?? noTags) : noTags;
      // Who hears of several updates at once wants to know what changed since it last heard.
      const isSecond = kind === 'member-update' && before?.kind === kind;
      const previous = isSecond ? before.previous : tags;
      this.#latest.set(member.name, { kind, at, cause, member, previous });
    }
    return true;
  }

  /** One event for each kind, in the order in which the first of each kind was held. */
  flush(): readonly MemberEvent[] {
    const groups = new Map<MemberEventKind, Held[]>();
    for (const held of this.#latest.values()) {
      if (!this.#isNews(held)) continue;
      const group = groups.get(held.kind);
      if (group === undefined) groups.set(held.kind, [held]);
      else group.push(held);
    }
    this.#latest.clear();
    return [...groups].map(([kind, group]) => eventOf(kind, group));
  }

  #isNews({ kind, member: { name } }: Held): boolean {
    if (this.#told.get(name) === kind && kind !== 'member-update') return false;
    this.#told.delete(name);
    this.#told.set(name, kind);
    const [oldest] = this.#told.keys();
    if (this.#told.size > toldMembersMax && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }
}

function eventOf(kind: MemberEventKind, group: readonly Held[]): MemberEvent {
  const last = group.reduce((latest, held) => (held.at >= latest.at ? held : latest));
  const { at, cause } = last;
  const members = group.map(({ member }) => member);
  if (kind !== 'member-update') return { kind, at, members, cause };
  return { kind, at, members, cause, previous: group.map(({ previous }) => previous) };
}
