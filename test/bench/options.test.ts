import { describe, expect, it } from 'vitest';
import { helpOf, readOptions } from './options.ts';

const NAMES = { axes: ['noop', 'latency'], contenders: ['raw', 'latchkey'] };
const read = (...args: string[]) => readOptions(args, NAMES);

describe('the command line of the bench', () => {
  it('measures everything unless told', () => {
    expect(read()).toMatchObject({
      quick: false,
      only: null,
      contenders: null,
      peers: true,
      rounds: { least: 5, most: 5 },
    });
    expect(read('--quick')).toMatchObject({ quick: true, rounds: { least: 3 } });
  });

  it('takes lists, numbers and --no-peers', () => {
    expect(read('--only', 'latency,noop', '--no-peers', '--rounds', '7', '--rows', '0,10')).toMatchObject({
      only: ['latency', 'noop'],
      peers: false,
      rounds: { least: 7, most: 7 },
      rows: [0, 10],
    });
  });

  it.each([
    [['--only', 'nop'], '--only: there is no "nop"; choose from noop, latency'],
    [['--contenders', 'raw,other'], '--contenders: there is no "other"; choose from raw, latchkey'],
    [['--rounds', '0'], '--rounds takes a whole number from 1 to 100, not "0"'],
    [['--rounds', '1.5'], '--rounds takes a whole number'],
    [['--seconds', 'long'], '--seconds takes a number from 0.1 to 600, not "long"'],
    [['--rows', '5,1'], '--rows takes rising numbers'],
    [['--quik'], "Unknown option '--quik'"],
    [['noop'], "Unexpected argument 'noop'"],
  ])('refuses %j and says what to do', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  it('tells every name in its help', () => {
    expect(read('--help')).toBeNull();
    for (const name of [...NAMES.axes, ...NAMES.contenders]) expect(helpOf(NAMES)).toContain(name);
  });
});
