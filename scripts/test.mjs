/**
 * `npm test`: sets up, builds and runs every test project, cheap ones first. The last line is the sum,
 * `N passed, N failed`. Names of projects as arguments run only those.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './packages.mjs';
import { root, show } from './run.mjs';

const projects = ['unit', 'property', 'sim', 'integration', 'interop'];
/** The longest project takes half of it. */
const projectTimeoutMs = 5 * 60_000;
const reports = join(root, '.cache', 'test');

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !projects.includes(name));

if (unknown.length > 0) {
  console.error(`No such project: ${unknown.join(', ')}. There are ${projects.join(', ')}.`);
  finish([{ name: 'arguments', passed: 0, failed: 1, skipped: 0, seconds: 0 }]);
} else if (setUp()) {
  const results = [];
  for (const name of projects) {
    if (wanted.length === 0 || wanted.includes(name)) results.push(await runProject(name));
  }
  finish(results);
} else {
  finish([{ name: 'set-up', passed: 0, failed: 1, skipped: 0, seconds: 0 }]);
}

function setUp() {
  if (!show(process.execPath, ['scripts/setup.mjs'])) return false;
  try {
    build();
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}

async function runProject(name) {
  const report = join(reports, `${name}.json`);
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  const startedAt = Date.now();
  const ok = await runVitest([
    '--project',
    name,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  return { name, seconds, ...counts(report, ok) };
}

/** In a process group of its own: a test that never yields could be ended in no other way. */
async function runVitest(args) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const end = (why) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    console.error(why);
    process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(end, projectTimeoutMs, 'Ended: the project took too long.');
  const interrupt = (signal) => {
    end(`Ended by ${signal}.`);
    process.exit(1);
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  return code === 0;
}

/** A file that could not be loaded, a project without a test and an error beside the tests count as failures. */
function counts(report, ok) {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = numFailedTests + unloaded;
  const isEmpty = numPassedTests === 0 && failed === 0;
  return {
    passed: numPassedTests,
    failed: failed === 0 && (!ok || isEmpty) ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  };
}

function finish(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
  mkdirSync(reports, { recursive: true });
  writeFileSync(join(reports, 'summary.json'), `${JSON.stringify(total)}\n`);
  console.log();
  for (const result of results)
    console.log(`${line(result)}  (${result.name}, ${result.seconds} s)`);
  console.log(line(total));
  process.exitCode = total.failed === 0 ? 0 : 1;
}

function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
