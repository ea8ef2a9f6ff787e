import { type ExecFileOptions, execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
const packages = ['core', 'worker', 'examples'];
const pnpm = path.join(root, 'scripts/tools/pnpm/node_modules/pnpm/bin/pnpm.mjs');
const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
/** A project as a user has it: nothing of this repository but the tarballs. */
let project: string;
const contents = new Map<string, string[]>();

async function pack(name: string): Promise<string> {
  const destination = path.join(project, 'tarballs', name);
  await mkdir(destination, { recursive: true });
  const stdout = await run(process.execPath, [pnpm, 'pack', '--json', '--pack-destination', destination], {
    cwd: path.join(root, 'packages', name),
  });
  const packed = JSON.parse(stdout) as { readonly filename: string; readonly files: { path: string }[] };
  contents.set(
    name,
    packed.files.map((file) => file.path),
  );
  return path.resolve(destination, packed.filename);
}

// The build writes into the packages, which may belong to another user.
describe.runIf(isWritable(path.join(root, 'packages/core')))('the published packages', () => {
  beforeAll(async () => {
    project = await mkdtemp(path.join(tmpdir(), 'latchkey consumer '));
    await run(process.execPath, [path.join(root, 'scripts/tasks/build.ts')]);
    const tarballs = await Promise.all(packages.map(pack));
    await writeFile(path.join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
    await run('npm', ['install', ...quiet, ...tarballs], {
      cwd: project,
      shell: process.platform === 'win32',
    });
    await copyFile(path.join(import.meta.dirname, 'consumer.ts'), path.join(project, 'consumer.ts'));
  }, 180_000);

  afterAll(() => rm(project, { recursive: true, force: true }));

  it('carry what they need, and neither sources nor tests', () => {
    for (const name of packages) {
      const files = contents.get(name) ?? [];
      expect(files).toEqual(
        expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/index.js']),
      );
      expect(files.filter((file) => /^src\/|\.test\.|tsbuildinfo|tsconfig/.test(file))).toEqual([]);
    }
    expect(contents.get('core')).toContain('migrations/0001_ledger.sql');
    expect(contents.get('worker')).toEqual(
      expect.arrayContaining(['assets/console.css', 'assets/console.js', 'assets/icon.svg']),
    );
    expect(contents.get('examples')).toContain('data/decisions.jsonl');
  });

  it('name exact versions of each other, and none of this workspace', async () => {
    const manifest = path.join(project, 'node_modules/@latchkey/examples/package.json');
    const text = await readFile(manifest, 'utf8');
    expect(text).not.toMatch(/workspace:|catalog:/);
    const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
    expect(dependencies['@latchkey/core']).toMatch(/^\d/);
  });

  it('have types that check in the project of a user, with every declaration file', async () => {
    const configuration = {
      compilerOptions: {
        module: 'nodenext',
        target: 'es2024',
        strict: true,
        noEmit: true,
        exactOptionalPropertyTypes: true,
        types: ['node'],
      },
      files: ['consumer.ts'],
    };
    await writeFile(path.join(project, 'tsconfig.json'), JSON.stringify(configuration));
    await installNodeTypes();
    expect(await run(process.execPath, [tsc], { cwd: project })).toBe('');
  });

  it.runIf(existsSync(path.join(root, 'packages/worker/src/cli/main.ts')))('bring the command', async () => {
    expect(await run(path.join(project, 'node_modules/.bin/latchkey'), ['--help'])).toMatch(
      /Usage: latchkey/,
    );
  });

  it('run without the condition that leads to sources', async () => {
    const modules = ['core', 'worker', 'examples', 'examples/actions', 'examples/servers'];
    const program = `for (const name of ${JSON.stringify(modules)}) await import('@latchkey/' + name)`;
    await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: project });
    const stdout = await run(process.execPath, ['consumer.ts'], { cwd: project });
    const { dataDir, ...printed } = JSON.parse(stdout);
    await rm(path.dirname(dataDir), { recursive: true, force: true });
    expect(printed).toEqual({
      key: 'ticket.create:caseId=CASE-1042',
      migrated: expect.objectContaining({ from: 0, applied: expect.arrayContaining(['0001_ledger']) }),
    });
  });
});

/** Runs a program and returns what it printed, which is also in the error when it fails. */
async function run(file: string, args: string[], options: ExecFileOptions = {}): Promise<string> {
  return promisify(execFile)(file, args, { ...options, encoding: 'utf8' }).then(
    ({ stdout }) => stdout,
    (error: Error & { stdout?: string }) => {
      throw new Error(`${error.message}\n${error.stdout ?? ''}`, { cause: error });
    },
  );
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The types of Node come with @types/pg; those of another major version would do as well. */
async function installNodeTypes(): Promise<void> {
  const types = path.join(project, 'node_modules', '@types');
  await mkdir(types, { recursive: true });
  await symlink(path.join(root, 'node_modules/@types/node'), path.join(types, 'node')).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
}
