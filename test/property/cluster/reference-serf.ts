/**
 * What Serf makes of claims and intents, as small as it can be written: the rules of memberlist for
 * alive, suspect and dead, those of Serf for join and leave intents, and what a push/pull turns into.
 * Written from the description of Serf's behaviour, not from our engine, to be compared with it.
 */

export interface ReferenceNode {
  state: 'alive' | 'suspect' | 'failed' | 'left';
  incarnation: number;
  ip: string;
}

export interface ReferenceMember {
  status: 'alive' | 'leaving' | 'left' | 'failed';
  time: number;
}

export interface Entry {
  readonly name: string;
  readonly state: 'alive' | 'suspect' | 'failed' | 'left';
  readonly incarnation: number;
  readonly ip: string;
}

/** One node's view, by Serf's rules. Nothing in it takes time. */
export class ReferenceSerf {
  readonly self: string;
  readonly nodes = new Map<string, ReferenceNode>();
  readonly members = new Map<string, ReferenceMember>();
  readonly #intents = new Map<string, { kind: 'join' | 'leave'; time: number }>();
  clock = 1;

  constructor(self: string, ip: string) {
    this.self = self;
    this.nodes.set(self, { state: 'alive', incarnation: 1, ip });
    this.members.set(self, { status: 'alive', time: 0 });
  }

  alive(name: string, incarnation: number, ip: string): void {
    const node = this.nodes.get(name);
    if (node === undefined) {
      this.nodes.set(name, { state: 'alive', incarnation, ip });
      return this.#notifyJoin(name);
    }
    const hasMoved = node.ip !== ip;
    // Only who left may come back elsewhere; anybody else's name is taken.
    if (hasMoved && node.state !== 'left') return undefined;
    if (!hasMoved && incarnation <= node.incarnation) return undefined;
    const wasGone = node.state === 'failed' || node.state === 'left';
    Object.assign(node, { state: 'alive', incarnation, ip });
    return wasGone ? this.#notifyJoin(name) : undefined;
  }

  suspect(name: string, incarnation: number): void {
    const node = this.nodes.get(name);
    if (node === undefined || incarnation < node.incarnation) return undefined;
    if (name === this.self) return this.#refute(node, incarnation);
    if (node.state !== 'alive') return undefined;
    node.state = 'suspect';
    node.incarnation = incarnation;
    return undefined;
  }

  dead(name: string, incarnation: number, from: string): void {
    const node = this.nodes.get(name);
    if (node === undefined || incarnation < node.incarnation) return undefined;
    if (node.state === 'failed' || node.state === 'left') return undefined;
    if (name === this.self) return this.#refute(node, incarnation);
    node.state = from === name ? 'left' : 'failed';
    node.incarnation = incarnation;
    return this.#notifyLeave(name);
  }

  joinIntent(name: string, time: number): void {
    this.#witness(time);
    const member = this.members.get(name);
    if (member === undefined) return this.#remember(name, 'join', time);
    if (time <= member.time) return undefined;
    member.time = time;
    if (member.status === 'leaving') member.status = 'alive';
    return undefined;
  }

  leaveIntent(name: string, time: number): void {
    this.#witness(time);
    const member = this.members.get(name);
    if (member === undefined) return this.#remember(name, 'leave', time);
    // Somebody says that we leave, and we do not: say that we are here, later than that. Serf leaves it
    // at that if both were said at the same time, and whoever heard of the leave first stays with it.
    if (name === this.self && time >= member.time) return this.joinIntent(name, this.clock);
    if (time <= member.time) return undefined;
    member.time = time;
    if (member.status === 'alive') member.status = 'leaving';
    else if (member.status === 'failed') member.status = 'left';
    return undefined;
  }

  pushPull(
    entries: readonly Entry[],
    serf: {
      readonly time: number;
      readonly statusTimes: ReadonlyMap<string, number>;
      readonly left: readonly string[];
    },
  ): void {
    for (const { name, state, incarnation, ip } of entries) {
      if (state === 'alive') this.alive(name, incarnation, ip);
      else if (state === 'left') this.dead(name, incarnation, name);
      else this.suspect(name, incarnation);
    }
    if (serf.time > 0) this.#witness(serf.time - 1);
    for (const name of serf.left) this.leaveIntent(name, (serf.statusTimes.get(name) ?? 0) + 1);
    for (const [name, time] of serf.statusTimes) {
      if (serf.left.includes(name)) continue;
      if (name === this.self) this.#sayThatWeAreHere(time);
      else this.joinIntent(name, time);
    }
  }

  /** Ours alone: a time that others have of us and we have not may be that of a leave intent. */
  #sayThatWeAreHere(time: number): void {
    this.#witness(time);
    const own = this.members.get(this.self);
    if (own !== undefined && time > own.time) this.joinIntent(this.self, this.clock);
  }

  #notifyJoin(name: string): void {
    const member = this.members.get(name);
    if (member !== undefined) {
      member.status = 'alive';
      return;
    }
    const intent = this.#intents.get(name);
    this.members.set(name, {
      status: intent?.kind === 'leave' ? 'leaving' : 'alive',
      time: intent?.time ?? 0,
    });
  }

  #notifyLeave(name: string): void {
    const member = this.members.get(name);
    if (member?.status === 'leaving') member.status = 'left';
    else if (member?.status === 'alive') member.status = 'failed';
  }

  #refute(self: ReferenceNode, accused: number): void {
    self.incarnation = Math.max(self.incarnation, accused) + 1;
  }

  #witness(time: number): void {
    if (time >= this.clock) this.clock = time + 1;
  }

  #remember(name: string, kind: 'join' | 'leave', time: number): void {
    const known = this.#intents.get(name);
    if (known === undefined || time > known.time) this.#intents.set(name, { kind, time });
  }
}
