/** The cluster's own queries (`_serf_…`), which users never see: name votes and key changes. */

import { ipToBytes } from '../model/address.ts';
import type { Member, MemberState } from '../model/member.ts';
import type { ConflictMember, KeyResponse, Query } from '../model/serf-message.ts';
import { responseTo, sendResponse } from './answering.ts';
import type { Context } from './context.ts';
import { internalQueries } from './internal-query-names.ts';

/** Serf's wire numbers for {@link MemberState}. */
const memberStateNumbers: Readonly<Record<MemberState, number>> = {
  none: 0,
  alive: 1,
  leaving: 2,
  left: 3,
  failed: 4,
};

/** Answers an internal query. */
export function answerInternal(ctx: Context, query: Query): void {
  switch (query.name) {
    case internalQueries.ping:
      // The ack is the answer.
      return;
    case internalQueries.conflict:
      return answerConflict(ctx, query);
    case internalQueries.installKey:
    case internalQueries.useKey:
    case internalQueries.removeKey:
      return answerKeyChange(ctx, query, query.name);
    case internalQueries.listKeys:
      return answerListKeys(ctx, query);
    default:
      return ctx.drop('unknown-type');
  }
}

function answerConflict(ctx: Context, query: Query): void {
  const disputed = ctx.codec.decodeText(query.payload);
  // The one it is about has no vote.
  if (ctx.isSelf(disputed)) return;
  const member = ctx.members.get(disputed);
  const known = member === undefined || member.memberState === 'none' ? null : vote(member);
  const payload = ctx.codec.encodeSerf({ kind: 'conflict-response', member: known });
  answer(ctx, query, payload);
}

function vote(member: Member): ConflictMember {
  return {
    name: member.name,
    address: ipToBytes(member.ip),
    port: member.port,
    tags: member.tags,
    status: memberStateNumbers[member.memberState],
    ...member.versions,
  };
}

type KeyChange =
  | typeof internalQueries.installKey
  | typeof internalQueries.useKey
  | typeof internalQueries.removeKey;

function answerKeyChange(ctx: Context, query: Query, change: KeyChange): void {
  const failure = changeKeys(ctx, query, change);
  sendKeyResponse(ctx, query, { result: failure === undefined, message: failure ?? '' });
}

/** Changes the keyring as the query says; returns why not, or `undefined`. */
function changeKeys(ctx: Context, query: Query, change: KeyChange): string | undefined {
  const { keyring } = ctx;
  if (keyring === undefined) return 'No keyring to modify (encryption not enabled)';
  const request = query.payload === null ? undefined : ctx.codec.decodeSerf(query.payload);
  if (request?.ok !== true || request.value.kind !== 'key-request') {
    ctx.drop('malformed');
    return '';
  }
  const key = request.value.key ?? new Uint8Array(0);
  switch (change) {
    case internalQueries.installKey:
      return keyring.install(key);
    case internalQueries.useKey:
      return keyring.use(key);
    case internalQueries.removeKey:
      return keyring.remove(key);
    default:
      return change satisfies never;
  }
}

/** Bytes that a key takes at least in a list response: more than fit need not even be tried. */
const listedKeyBytesMin = 25;

/** Lists the keys, or as many as fit into one response; then the message says so. */
function answerListKeys(ctx: Context, query: Query): void {
  const { keyring } = ctx;
  if (keyring === undefined) {
    const message = 'Keyring is empty (encryption not enabled)';
    return sendKeyResponse(ctx, query, { result: false, message });
  }
  const keys = keyring.list();
  const primaryKey = keys[0] ?? '';
  const most = Math.floor(ctx.options.queryResponseBytesMax / listedKeyBytesMin);
  for (let count = Math.min(keys.length, most); count >= 0; count -= 1) {
    const message =
      count === keys.length
        ? ''
        : `truncated key list response, showing first ${count} of ${keys.length} keys`;
    const response = { result: true, message, keys: keys.slice(0, count), primaryKey };
    if (fits(ctx, query, response)) return sendKeyResponse(ctx, query, response);
  }
  const message = 'Failed to truncate response so that it fits into message';
  return sendKeyResponse(ctx, query, { result: false, message });
}

type KeyAnswer = Pick<KeyResponse, 'result' | 'message'> & Partial<KeyResponse>;

function fits(ctx: Context, query: Query, response: KeyAnswer): boolean {
  const message = responseTo(ctx, query, 0, encodeKeyAnswer(ctx, response));
  return ctx.codec.encodeSerf(message).length <= ctx.options.queryResponseBytesMax;
}

function sendKeyResponse(ctx: Context, query: Query, response: KeyAnswer): void {
  answer(ctx, query, encodeKeyAnswer(ctx, response));
}

function encodeKeyAnswer(ctx: Context, response: KeyAnswer): Uint8Array {
  return ctx.codec.encodeSerf({ kind: 'key-response', keys: null, primaryKey: '', ...response });
}

function answer(ctx: Context, query: Query, payload: Uint8Array): void {
  const error = sendResponse(ctx, query, responseTo(ctx, query, 0, payload));
  if (error !== undefined) ctx.note('warn', 'an internal query was not answered', { ...error });
}
