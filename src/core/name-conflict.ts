/**
 * Two nodes of one name: the members vote by telling which of the two they know (Serf's majority rule).
 * The one that fewer know gives up.
 */

import { ipFromBytes } from '../model/address.ts';
import type { Context } from './context.ts';
import { internalQueries } from './internal-query-names.ts';
import type { Queries } from './queries.ts';

export class NameConflict {
  #isVoting = false;

  /** Another node claimed this node's name: ask the others, unless that is being done. */
  dispute(ctx: Context, queries: Queries): void {
    ctx.note('error', 'another node has the name of this one', { name: ctx.options.name });
    if (!ctx.options.nameConflictResolution || this.#isVoting) return;
    this.#isVoting = true;
    let matching = 0;
    const question = {
      name: internalQueries.conflict,
      payload: ctx.codec.encodeText(ctx.options.name),
      filters: [],
      requestAck: false,
      relayFactor: 0,
      timeoutMs: undefined,
    };
    const asked = queries.ask(ctx, question, {
      onAck: () => {},
      onResponse: (_from, payload) => {
        if (isForThisNode(ctx, payload)) matching += 1;
      },
      onDone: ({ responses }) => {
        this.#isVoting = false;
        judge(ctx, matching, responses.length);
      },
    });
    this.#isVoting = typeof asked === 'number';
  }
}

function isForThisNode(ctx: Context, payload: Uint8Array): boolean {
  const decoded = ctx.codec.decodeSerf(payload);
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
