/** The public names of `folkmoot`. Machines are in `folkmoot/machines`, the simulator in `folkmoot/testing`. */

export { FolkmootError } from './model/error.ts';
export { formatAddress } from './model/address.ts';
export { defineEvent, defineQuery } from './node/definitions.ts';
export { createNode } from './node/node.ts';
export { defaultLimits, profiles } from './node/profiles.ts';
export { coalesceEvents, coalesceMembers } from './streams/coalesce.ts';

export type { Coordinate } from './coordinates/coordinate.ts';
export type { Candidate, Verdict } from './core/consults.ts';
export type { KeyOperation, KeyReport } from './core/keys.ts';
export type { ProtocolLimits, ProtocolTiming } from './core/options.ts';
export type { Reasons, Step } from './journal/explanation.ts';
export type { JournalEntry } from './journal/journal.ts';
export type { LocalNodeState } from './machines/local-machine.ts';
export type { Address } from './model/address.ts';
export type { ErrorCode, ErrorRecord } from './model/error.ts';
export type { Cause, Fact, FactKind, ProbeReport, RelayReport } from './model/fact.ts';
export type {
  Member,
  MemberState,
  MemberStatus,
  NodeState,
  Tags,
  Versions,
} from './model/member.ts';
export type { AnswerApi, AnswerHandle, IncomingQuery } from './node/answers.ts';
export type {
  CloseReason,
  FailedAddress,
  FolkmootNode,
  ForceLeaveOptions,
  JoinOptions,
  JoinResult,
  JournalView,
  LeaveResult,
  NodeStats,
  WaitOptions,
} from './node/api.ts';
export type { EventDefinition, QueryDefinition, QueryPayloads } from './node/definitions.ts';
export type { CandidateOrigin, Delegates, DelegateVerdict } from './node/delegates.ts';
export type { EmitOptions, EmitResult, EventApi } from './node/events.ts';
export type {
  InvalidMessage,
  MessageStats,
  MessageToValidate,
  NameConflict,
} from './node/inbox.ts';
export type { HistoryOptions } from './node/history.ts';
export type { KeyOptions, NodeKeys } from './node/keys.ts';
export type { NodeLogger } from './node/logger.ts';
export type { ObservingApi, RecordingOptions } from './node/observing-node.ts';
export type { KeyInput, TagsInput } from './node/option-values.ts';
export type { LimitsInput, NodeOptions } from './node/options.ts';
export type {
  PayloadCodec,
  PayloadInput,
  Payloads,
  ResolvedCodec,
  StandardSchema,
} from './node/payload-codec.ts';
export type { NearestOptions, NearMember, PlaceApi } from './node/places.ts';
export type { SnapshotInput } from './node/snapshot-option.ts';
export type { ProfileName } from './node/profiles.ts';
export type { QueryApi } from './node/queries.ts';
export type { QueryOptions } from './node/query-options.ts';
export type { RecorderInput } from './node/recorder-option.ts';
export type { QueryAnswer, QuerySummary, RunningQuery } from './node/running-query.ts';
export type { Explanation } from './node/why.ts';
export type { RecorderBounds } from './recorder/bounds.ts';
export type { CoalesceOptions } from './streams/coalesce.ts';
export type { SnapshotStats } from './snapshot/snapshot-file.ts';
export type { Coalescable } from './streams/coalesce-user-events.ts';
export type {
  MemberEvent,
  MemberFailedEvent,
  MemberJoinEvent,
  MemberLeaveEvent,
  MemberReapEvent,
  MemberRefutedEvent,
  MemberSuspectEvent,
  MemberUpdateEvent,
  SuspicionEvent,
} from './streams/member-events.ts';
export type { UserEvent } from './streams/user-events.ts';
