import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFault } from './json-fault.ts';

test.each([
  ['{"caseId": CASE-1042}', 'line 1, column 12, at "CASE-1": invalid symbol'],
  ['{"caseId":', 'line 1, column 11, at its end: value expected'],
  ['{\n  "caseId": "CASE-1"\n  "pin": "4711-secret"\n}', 'line 3, column 3, at "\\"pin\\":": comma expected'],
  ['', 'line 1, column 1, at its end: value expected'],
  ['{"a": 1} // why', 'line 1, column 10, at "// why": invalid comment token'],
  ["{'a': 1}", /^line 1, column 2, at "'a': 1": /],
])('says where %j stops being JSON', (text, fault) => {
  if (typeof fault === 'string') expect(jsonFault(text)).toBe(fault);
  else expect(jsonFault(text)).toMatch(fault);
});

test('finds nothing in JSON, and a place within the text in all else', () => {
  fc.assert(fc.property(fc.json(), (text) => jsonFault(text) === null));
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, at) => {
      const cut = text.slice(0, at % (text.length + 1));
      const [, line, column] =
        /^line (\d+), column (\d+), at /.exec(jsonFault(cut) ?? 'line 1, column 1, at ') ?? [];
      const lines = cut.split('\n');
      return Number(column) <= (lines[Number(line) - 1]?.length ?? -1) + 1;
    }),
  );
});
