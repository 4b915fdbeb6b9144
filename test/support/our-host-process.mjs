/** The process that `our-host.ts` starts: it runs nodes of ours as an embedding program would, on orders over IPC. */

import { FolkmootError, createNode } from 'folkmoot';

/** Notes kept for each node. */
const notesMax = 20_000;

const nodes = new Map();
const killer = new BroadcastChannel('folkmoot-test-kill');

const orders = {
  async create(_, options) {
    const log = [];
    const note =
      (level) =>
      (fields, text = '') => {
        if (log.length < notesMax) log.push({ level, fields, text });
      };
    const logger = {
      debug: note('debug'),
      info: note('info'),
      warn: note('warn'),
      error: note('error'),
    };
    const node = await createNode({ logger, ...options });
    const record = { node, log, events: [], suspicions: [] };
    nodes.set(options.name, record);
    node.member$.subscribe((event) => record.events.push(told(event)));
    node.suspicion$.subscribe((event) => record.suspicions.push(told(event)));
    return { address: textOf(node.address) };
  },
  join: ({ node }, addresses) => node.join(addresses),
  leave: ({ node }) => node.leave(),
  shutdown: ({ node }) => node.shutdown(),
  forceLeave: ({ node }, name, options) => node.forceLeave(name, options),
  setTags: ({ node }, tags) => node.setTags(tags),
  members: ({ node }) => [...node.members.values()],
  events: ({ events }) => events,
  suspicions: ({ suspicions }) => suspicions,
  log: ({ log }) => log,
  state: ({ node }) => node.state,
  stats: ({ node }) => node.stats(),
  async closed({ node }) {
    const reason = await node.closed;
    return reason.kind === 'failed' ? { ...reason, error: reason.error.toRecord() } : reason;
  },
  // Asleep rather than busy: the test is about the main thread, not about who gets a core.
  block(_, ms) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  },
  killWorkers(_, how) {
    killer.postMessage(how);
  },
};

process.on('message', async ({ id, order, name, args }) => {
  try {
    process.send({ id, ok: true, value: await orders[order](nodes.get(name), ...args) });
  } catch (error) {
    process.send({
      id,
      ok: false,
      error: FolkmootError.is(error) ? error.toRecord() : String(error),
    });
  }
});

process.on('disconnect', () => process.exit(0));
process.send({ id: 0, ok: true });

function told({ kind, members, at, cause }) {
  return { kind, at, names: members.map(({ name }) => name), cause };
}

function textOf({ ip, port }) {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
