/** The public names of `folkmoot`. Machines are in `folkmoot/machines`, the simulator in `folkmoot/testing`. */

export { FolkmootError } from './model/error.ts';
export { formatAddress } from './model/address.ts';
export { createNode } from './node/node.ts';
export { defaultLimits, profiles } from './node/profiles.ts';

export type { ProtocolLimits, ProtocolTiming } from './core/options.ts';
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
export type { NodeLogger } from './node/logger.ts';
export type { KeyInput, TagsInput } from './node/option-values.ts';
export type { LimitsInput, NodeOptions } from './node/options.ts';
export type { ProfileName } from './node/profiles.ts';
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
