import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

/** The files that pages refer to, and their types. */
const FILES = {
  'console.css': 'text/css; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

/** They lie beside the build and beside the sources: both are equally deep. */
const FOLDER = new URL('../../../assets/', import.meta.url);

/** Serves style, script and icon to everybody; they hold nothing. */
export async function addAssets(app: FastifyInstance): Promise<void> {
  for (const [name, type] of Object.entries(FILES)) {
    const body = await readFile(new URL(name, FOLDER));
    app.get(`/assets/${name}`, { config: { needs: 'nobody' } }, async (_request, reply) =>
      reply.type(type).header('cache-control', 'no-cache').send(body),
    );
  }
}
