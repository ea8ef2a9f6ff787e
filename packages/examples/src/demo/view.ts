import { MultiBar, type SingleBar } from 'cli-progress';

/** What is counted while a side runs. */
export interface LiveFigures {
  readonly deliveries: number;
  readonly effects: number;
  readonly duplicates: number;
}

/** Shows the demo as it runs. */
export interface View {
  /** Prints a line. */
  say(text: string): void;
  /** Begins a side that will hand over so many decisions. */
  begin(title: string, total: number): void;
  update(figures: LiveFigures): void;
  /** Tells of something that happened while a side runs. */
  note(text: string): void;
  /** Ends what `begin` began; harmless where nothing was begun. */
  end(): void;
}

/** Shows a bar where there is a terminal, else a line every two seconds. */
export function openView(stream: NodeJS.WriteStream): View {
  return stream.isTTY ? barView(stream) : lineView(stream);
}

function barView(stream: NodeJS.WriteStream): View {
  let bars: MultiBar | undefined;
  let bar: SingleBar | undefined;
  return {
    say: (text) => stream.write(`${text}\n`),
    begin: (title, total) => {
      bars = new MultiBar({
        format: '  {bar} {percentage}%  {deliveries} delivered, {effects} effects, {duplicates} duplicates',
        barCompleteChar: '\u2588',
        barIncompleteChar: '\u2591',
        barsize: 30,
        hideCursor: true,
        gracefulExit: false, // the demo itself ends on a signal
        stream,
      });
      stream.write(`\n${title}\n`);
      bar = bars.create(total, 0, { deliveries: 0, effects: 0, duplicates: 0 });
    },
    update: (now) => bar?.update(Math.min(now.deliveries, bar.getTotal()), now),
    note: (text) => bars?.log(`  ${text}\n`),
    end: () => {
      bars?.stop();
      bars = undefined;
      bar = undefined;
    },
  };
}

const LINE_MS = 2_000;

function lineView(stream: NodeJS.WritableStream): View {
  let last = 0;
  return {
    say: (text) => stream.write(`${text}\n`),
    begin: (title, total) => {
      stream.write(`\n${title}: ${total} deliveries of decisions\n`);
      last = performance.now();
    },
    update: ({ deliveries, effects, duplicates }) => {
      if (performance.now() - last < LINE_MS) return;
      last = performance.now();
      stream.write(`  ${deliveries} delivered, ${effects} effects, ${duplicates} duplicates\n`);
    },
    note: (text) => stream.write(`  ${text}\n`),
    end: () => undefined,
  };
}
