import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeEnvironment, describeFlag, settingsMarkdown } from './describe-settings.ts';
import { listSettings } from './settings.ts';

describe('the settings', () => {
  test('stand in the README as they are in the code', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(settingsMarkdown());
  });

  test('are described for flags and for the environment', () => {
    expect(describeFlag('concurrency')).toBe(
      'effects under way at once: a whole number from 1 to 10000 (default: 50; or set LATCHKEY_CONCURRENCY)',
    );
    const all = describeEnvironment(listSettings().map(([name]) => name));
    for (const [, { variable }] of listSettings()) expect(all).toContain(`  ${variable}`);
  });
});
