/** Makes sure that the npm packages of the lock file are installed and that `dist` is what `src` says. */

import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { capture, root, show } from './run.mjs';

/** Installs the npm packages if one of the lock file is missing or of another version. */
export function ensurePackages() {
  if (arePackagesInstalled()) return;
  console.log('Installing the npm packages …');
  if (!show('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])) {
    throw new Error('npm ci failed; its output is above');
  }
}

/** Compiles `src` to `dist` if a source file is newer than the build. */
export function ensureBuilt() {
  if (isBuilt()) return;
  build();
}

/** Compiles `src` to `dist`. */
export function build() {
  const result = capture(process.execPath, [tsc(), '-p', 'tsconfig.build.json']);
  if (!result.ok) throw new Error(`the build failed\n${result.stdout}${result.stderr}`);
}

function tsc() {
  return join(root, 'node_modules', 'typescript', 'bin', 'tsc');
}

function arePackagesInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(installed);
  // Optional packages are the builds for other platforms: they are rightly absent.
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || optional === true || present[path]?.version === version,
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

function isBuilt() {
  const built = join(root, 'dist', 'index.js');
  if (!existsSync(built)) return false;
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true });
  const newest = Math.max(
    ...sources
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  return statSync(built).mtimeMs >= newest;
}
