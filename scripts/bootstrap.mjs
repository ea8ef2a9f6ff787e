// Runs a task of this repository on a machine that has nothing but Node (18 or newer) and npm.
//
//   node scripts/bootstrap.mjs <task> [arguments]
//
// It brings the exact pnpm, an exact Node 24 where the machine's own is too old, and the locked
// dependencies, all inside the checkout; then it runs the task. Nothing is done twice.
import { userInfo } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { forwardSignals, runTask } from './bootstrap/children.mjs';
import { environmentWith, isWritable } from './bootstrap/environment.mjs';
import { BootstrapFailure } from './bootstrap/failure.mjs';
import { withFolderLock } from './bootstrap/folder-lock.mjs';
import { install, isInstalled, nodeTool, pnpmTool } from './bootstrap/tools.mjs';
import { installWorkspace, isWorkspaceInstalled } from './bootstrap/workspace.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const tools = path.join(root, 'scripts', 'tools');

/** What each task runs; `pnpm` is the pinned package manager, for changes of dependencies. */
const tasks = new Map([
  ['demo', 'packages/examples/src/demo/main.ts'],
  ['test', 'scripts/tasks/test.ts'],
  ['build', 'scripts/tasks/build.ts'],
  ['test-browser', 'scripts/tasks/test-browser.ts'],
  ['check', 'scripts/tasks/check.ts'],
  ['format', 'scripts/tasks/format.ts'],
  ['faults', 'scripts/tasks/faults.ts'],
  ['simulate', 'scripts/tasks/simulate.ts'],
  ['model', 'scripts/tasks/model.ts'],
  ['soak', 'scripts/tasks/soak.ts'],
  ['bench', 'test/bench/main.ts'],
  ['latchkey', 'packages/worker/src/cli/main.ts'],
  ['pnpm', 'scripts/tools/pnpm/node_modules/pnpm/bin/pnpm.mjs'],
]);

/**
 * @param {string} task
 * @param {string[]} args
 */
async function main(task, args) {
  const script = tasks.get(task);
  if (!script) {
    throw new BootstrapFailure(
      `There is no task ${JSON.stringify(task)}.`,
      `Choose one of ${[...tasks.keys()].join(', ')}.`,
    );
  }
  forwardSignals();
  const node = await prepare(task !== 'pnpm');
  return runTask(node, ['--conditions=@latchkey/source', path.join(root, script), ...args], {
    cwd: root,
    env: environmentWith(path.dirname(node), path.join(root, 'node_modules', '.bin')),
  });
}

/**
 * Sees to it that everything is installed and returns the Node to use.
 *
 * @param {boolean} withDependencies
 */
async function prepare(withDependencies) {
  const node = nodeTool(tools);
  const pnpm = pnpmTool(tools);
  const nodeFile = node ? path.join(node.folder, node.file) : process.execPath;
  const wanted = node ? [node, pnpm] : [pnpm];
  const isReady = () => wanted.every(isInstalled) && (!withDependencies || isWorkspaceInstalled(root));
  if (isReady()) return nodeFile;

  if (!isWritable(tools) || !isWritable(path.join(root, 'node_modules'))) {
    throw new BootstrapFailure(
      `Something must be installed, but ${userInfo().username} may not write to ${root}.`,
      'Run the same command once as the owner of the checkout, or run it in a copy of your own.',
    );
  }
  await withFolderLock(path.join(tools, '.lock'), async () => {
    for (const tool of wanted) if (!isInstalled(tool)) await install(tool);
    if (!isReady()) await installWorkspace(root, nodeFile, path.join(pnpm.folder, pnpm.file));
  });
  return nodeFile;
}

const [task = '', ...args] = process.argv.slice(2);
try {
  process.exitCode = await main(task, args);
} catch (error) {
  if (!(error instanceof BootstrapFailure)) throw error;
  console.error(`\n[bootstrap] ${error.message}\n            ${error.todo}\n`);
  process.exitCode = 1;
}
