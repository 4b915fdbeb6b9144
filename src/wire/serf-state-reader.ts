/** Reads Serf's part of a push/pull. */

import type { Bytes, Uint64 } from '../model/message.ts';
import type { EventSlot, SerfState } from '../model/serf-message.ts';
import { Fields } from './fields.ts';
import { readList, readMap, readText, readTime } from './msgpack-containers.ts';
import type { MsgpackReader } from './msgpack-reader.ts';

// Each struct's fields in the order of their declaration, in which a struct may come as an array.
const stateFields = new Fields(
  'LTime',
  'StatusLTimes',
  'LeftMembers',
  'EventLTime',
  'Events',
  'QueryLTime',
);
const slotFields = new Fields('LTime', 'Events');
const slotEventFields = new Fields('Name', 'Payload');

export function readState(reader: MsgpackReader): SerfState {
  let time: Uint64 = 0;
  let statusTimes: SerfState['statusTimes'] = null;
  let leftMembers: SerfState['leftMembers'] = null;
  let eventTime: Uint64 = 0;
  let events: SerfState['events'] = null;
  let queryTime: Uint64 = 0;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(stateFields, shape, index)) {
      case 'EventLTime':
        eventTime = reader.uint64();
        break;
      case 'Events':
        events = readList(reader, readSlot);
        break;
      case 'LTime':
        time = reader.uint64();
        break;
      case 'LeftMembers':
        leftMembers = readList(reader, readText);
        break;
      case 'QueryLTime':
        queryTime = reader.uint64();
        break;
      case 'StatusLTimes':
        statusTimes = readMap(reader, readTime);
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'serf-state', time, statusTimes, leftMembers, eventTime, events, queryTime };
}

function readSlot(reader: MsgpackReader): EventSlot | null {
  if (reader.isNil()) return null;
  let time: Uint64 = 0;
  let events: EventSlot['events'] = null;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(slotFields, shape, index)) {
      case 'Events':
        events = readList(reader, readSlotEvent);
        break;
      case 'LTime':
        time = reader.uint64();
        break;
      default:
        reader.skip();
    }
  }
  return { time, events };
}

function readSlotEvent(reader: MsgpackReader): { name: string; payload: Bytes | null } {
  let name = '';
  let payload: Bytes | null = null;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(slotEventFields, shape, index)) {
      case 'Name':
        name = reader.text();
        break;
      case 'Payload':
        payload = reader.bytesOrNull();
        break;
      default:
        reader.skip();
    }
  }
  return { name, payload };
}
