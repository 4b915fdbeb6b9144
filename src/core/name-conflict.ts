/**
 * Two nodes of one name: the members vote by telling which of the two they know (Serf's majority rule).
 * The one that fewer know gives up.
 */

import { ipFromBytes } from '../model/address.ts';
import type { QueryResponse } from '../model/serf-message.ts';
import type { Context } from './context.ts';
import { conflictQueryName } from './queries.ts';
import type { Queries } from './queries.ts';

export class NameConflict {
  #isVoting = false;

  /** Another node claimed this node's name: ask the others, unless that is being done. */
  dispute(ctx: Context, queries: Queries): void {
    ctx.note('error', 'another node has the name of this one', { name: ctx.options.name });
    if (!ctx.options.nameConflictResolution || this.#isVoting) return;
    this.#isVoting = true;
    let responses = 0;
    let matching = 0;
    const payload = ctx.codec.encodeText(ctx.options.name);
    queries.ask(
      ctx,
      { name: conflictQueryName, payload },
      {
        onResponse: (response) => {
          responses += 1;
          if (isForThisNode(ctx, response)) matching += 1;
        },
        onDone: () => {
          this.#isVoting = false;
          judge(ctx, matching, responses);
        },
      },
    );
  }
}

function isForThisNode(ctx: Context, response: QueryResponse): boolean {
  if (response.payload === null) return false;
  const decoded = ctx.codec.decodeSerf(response.payload);
  if (!decoded.ok || decoded.value.kind !== 'conflict-response') return false;
  const { member } = decoded.value;
  if (member?.address === undefined || member.address === null) return false;
  const { ip, port } = ctx.options.advertise;
  return ipFromBytes(member.address) === ip && member.port === port;
}

function judge(ctx: Context, matching: number, responses: number): void {
  // Serf gives up when nobody votes, and so both of two nodes stop. Nobody's word is no majority: stay.
  const isMajority = responses === 0 || matching >= Math.floor(responses / 2) + 1;
  ctx.note(isMajority ? 'info' : 'error', 'name conflict settled', {
    name: ctx.options.name,
    outcome: isMajority ? 'stay' : 'give up',
    matching,
    responses,
  });
  if (!isMajority) ctx.outputs.push({ kind: 'name-lost', matching, responses });
}
