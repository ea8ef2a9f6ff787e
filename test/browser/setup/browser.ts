import { existsSync } from 'node:fs';
import { mkdtemp, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { inject } from 'vitest';

/** The browser comes as a package with all its libraries, for this platform only. */
export const CAN_BROWSE: boolean = process.platform === 'linux' && process.arch === 'x64';

/** A page, and what it did that it should not: dialogs, scripts that the policy stopped, errors. */
export interface WatchedPage {
  readonly page: Page;
  readonly trouble: string[];
}

/** Longest wait for an element, in milliseconds; machines that run tests are busy. */
const PATIENCE_MS = 20_000;

/** Starts a headless Chromium from its npm package. */
export async function launchBrowser(): Promise<Browser> {
  const folder = await unpacked();
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    TMPDIR: folder,
    LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
    FONTCONFIG_FILE: join(folder, 'fonts.conf'),
  };
  await writeFile(env.FONTCONFIG_FILE, fontsIn(folder));
  const executablePath = join(folder, 'chromium');
  return chromium.launch({ executablePath, env, args: ['--disable-dev-shm-usage'] });
}

/**
 * Unpacks the browser and its libraries into the tests' own folder, once for all files.
 *
 * The package was made for another place: it unpacks into the temporary folder, its libraries only where a variable
 * says that it is there, and sets variables for the whole process while it is loaded.
 */
async function unpacked(): Promise<string> {
  const shared = join(inject('folder'), 'chromium');
  if (existsSync(shared)) return shared;
  const before = { ...process.env };
  const own = await mkdtemp(`${shared}-`);
  Object.assign(process.env, { TMPDIR: own, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' });
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    await packed.executablePath();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
  // whoever unpacked at the same time has a folder too
  return rename(own, shared).then(
    () => shared,
    () => own,
  );
}

/** The package's own list of fonts knows `/tmp` only, and a browser without any font ends itself. */
function fontsIn(folder: string): string {
  const folders = [join(folder, 'fonts'), '/usr/share/fonts'].map((path) => `<dir>${path}</dir>`);
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${folders.join('')}<cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>`;
}

/** Opens a page in a context of its own, with nothing remembered, and watches it. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('dialog', async (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    // what a policy stopped is only wanted where a font of others is asked for
    if (/Content.Security.Policy/i.test(text) && !text.includes('fonts.googleapis.com')) trouble.push(text);
  });
  return { page, trouble };
}

/** What an element says, its white space squeezed. */
export async function textOf(locator: Locator): Promise<string> {
  return ((await locator.textContent()) ?? '').replace(/\s+/g, ' ').trim();
}
