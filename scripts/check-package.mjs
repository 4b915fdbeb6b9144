/**
 * Packs the package as npm would publish it, unpacks it elsewhere, and starts a node from the copy: a
 * file that is missing from the package, or a worker that is looked for in the wrong place, shows here.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, root } from './run.mjs';

// Inside the project, so that the copy finds its dependencies in node_modules above it.
const home = join(root, '.cache', 'package');
const target = join(home, 'node_modules', 'folkmoot');

const smoke = `
import { createNode } from 'folkmoot';
import { memberMachine } from 'folkmoot/machines';
import * as testing from 'folkmoot/testing';
const node = await createNode({ name: 'packed', bind: '127.0.0.1:0', profile: 'local' });
const isAlive = node.members.get('packed')?.status === 'alive';
await node.shutdown();
const isWhole = isAlive && memberMachine !== undefined && Object.keys(testing).length > 0;
console.log(isWhole ? 'whole' : 'incomplete');
`;

rmSync(home, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const packed = must('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', home]);
const [{ filename, files }] = JSON.parse(packed);
must('tar', ['-xzf', join(home, filename), '-C', target, '--strip-components=1']);
writeFileSync(join(home, 'smoke.mjs'), smoke);
const said = must(process.execPath, [join(home, 'smoke.mjs')], { cwd: home, timeout: 30_000 });
if (said.trim() !== 'whole') throw new Error(`the package is not whole: ${said}`);
console.log(`The package holds ${files.length} files, and a node starts from it.`);

function must(command, args, options) {
  const result = capture(command, args, options);
  if (!result.ok) throw new Error(`${command} ${args.join(' ')}: ${result.text}`);
  return result.stdout;
}
