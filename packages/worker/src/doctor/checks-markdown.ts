import type { Check } from './check.ts';
import { CLOCK_CHECKS } from './clock-checks.ts';
import { POSTGRES_CHECKS } from './postgres-checks.ts';
import { REDIS_CHECKS } from './redis-checks.ts';
import { SETTINGS_CHECKS } from './settings-checks.ts';

/** Lists all checks as a table of Markdown, for the docs. */
export function checksMarkdown(): string {
  const all: readonly Pick<Check<never>, 'subject' | 'name' | 'how' | 'orElse'>[] = [
    ...POSTGRES_CHECKS,
    ...REDIS_CHECKS,
    ...CLOCK_CHECKS,
    ...SETTINGS_CHECKS,
  ];
  const rows = all.map(({ subject, name, how, orElse }) => `| ${subject} | ${name} | ${how} | ${orElse} |`);
  return ['| what | check | how it is found | or else |', '|---|---|---|---|', ...rows].join('\n');
}
