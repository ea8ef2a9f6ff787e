import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const maxLines = 300;
/** From the bottom up: a package may use those before it. */
const layers = ['core', 'worker', 'examples'] as const;
type Layer = (typeof layers)[number];
/** The queue and what serves it stay out of the core. */
const foreign: Readonly<Record<Layer, readonly string[]>> = {
  core: ['bullmq', 'ioredis', 'pino', 'commander'],
  worker: [],
  examples: [],
};

interface Source {
  readonly layer: Layer;
  readonly file: string;
  readonly text: string;
  /** Everything that is imported or re-exported, types too. */
  readonly imports: readonly string[];
}

const sources: readonly Source[] = layers.flatMap((layer) =>
  globSync(`packages/${layer}/src/**/*.ts`, { cwd: root })
    .filter((file) => !/\.test(-d)?\.ts$/.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      return { layer, file, text, imports: importsOf(text) };
    }),
);

function importsOf(text: string): string[] {
  const statements = /^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
  const dynamic = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [statements, dynamic].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
}

/** The name of the package that a specifier leads to; undefined for a file and for what Node brings. */
function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function violations(isAllowed: (source: Source, name: string) => boolean): string[] {
  return sources.flatMap((source) =>
    source.imports
      .map(packageOf)
      .filter((name) => name !== undefined)
      .filter((name) => !isAllowed(source, name))
      .map((name) => `${source.file} imports ${name}`),
  );
}

describe('the packages', () => {
  it('are found', () => {
    expect(new Set(sources.map(({ layer }) => layer))).toEqual(new Set(layers));
  });

  it('depend on those below them only: examples on worker, worker on core', () => {
    const found = violations(({ layer }, name) => {
      const at = layers.findIndex((other) => name === `@latchkey/${other}`);
      return at < layers.indexOf(layer);
    });
    expect(found).toEqual([]);
  });

  it('keep the queue out of the core', () => {
    expect(violations(({ layer }, name) => !foreign[layer].includes(name))).toEqual([]);
  });

  it('declare what they import', () => {
    const found = violations(({ layer }, name) => {
      const manifest = readFileSync(path.join(root, 'packages', layer, 'package.json'), 'utf8');
      const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
      return name in dependencies;
    });
    expect(found).toEqual([]);
  });

  it('have no file that leaves its package by a relative path', () => {
    const found = sources.flatMap(({ layer, file, imports }) =>
      imports
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => !path.join(path.dirname(file), specifier).startsWith(`packages/${layer}/src/`))
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(found).toEqual([]);
  });

  it('have no circles of imports, not even of types', () => {
    expect(findCircle()).toBeUndefined();
  });

  it(`have no file of more than ${maxLines} lines`, () => {
    const lengths = sources.map(({ file, text }) => ({ file, lines: text.trimEnd().split('\n').length }));
    expect(lengths.filter(({ lines }) => lines > maxLines)).toEqual([]);
  });
});

/** Walks the graph of files depth first and returns the first way that leads back to itself. */
function findCircle(): string[] | undefined {
  const graph = new Map(
    sources.map(({ file, imports }) => [
      file,
      imports.filter((name) => name.startsWith('.')).map((name) => path.join(path.dirname(file), name)),
    ]),
  );
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...way, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}
