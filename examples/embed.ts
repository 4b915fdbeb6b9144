import { createNode } from 'folkmoot';

// node embed.js 127.0.0.1:7001            starts a cluster
// node embed.js 127.0.0.1:7002 127.0.0.1:7001   joins it
const [bind = '127.0.0.1:7001', ...others] = process.argv.slice(2);

// Leaves at the end of its scope. `node.shutdown()` alone is what a crash looks like.
await using node = await createNode({ name: `web-${bind}`, bind, tags: { role: 'web' } });

// What happens from now on; what is now stands in `node.members`.
node.member$.subscribe(({ kind, members }) => {
  for (const { name } of members) console.log(kind, name);
});

// One address that answers is enough. If none does, the error says why, for each.
if (others.length > 0) await node.join(others);

for (const { name, status, tags } of node.members.values()) {
  console.log(name, 'is', status, 'as', tags.get('role'));
}
await new Promise((resolve) => process.once('SIGTERM', resolve));
