/** One bar of a chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Least and greatest value, drawn as a whisker; none unless told. */
  readonly spread?: readonly [number, number];
  /** Which colour it has; see `LEGEND`. */
  readonly kind: keyof typeof LEGEND;
}

/** One line of a chart. */
export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Colours and their meaning. */
const LEGEND = {
  latchkey: 'Latchkey',
  protected: 'protected otherwise',
  unprotected: 'unprotected',
} as const;

const WIDTH = 760;
const LABELS = 220;
const ROW = 26;
const LINES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8c6d1f'];

const STYLE = `<style>
  .page { fill: #ffffff } text { fill: #1f2328; font: 12px system-ui, sans-serif } .title { font-size: 15px; font-weight: 600 }
  .note { fill: #59636e } .axis { stroke: #d1d9e0 } .whisker { stroke: #1f2328 }
  .latchkey { fill: #0072b2 } .protected { fill: #d89b1d } .unprotected { fill: #9aa4ae }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .note { fill: #9198a1 } .axis { stroke: #3d444d } .whisker { stroke: #e6edf3 }
    .latchkey { fill: #4aa8e0 } .protected { fill: #e3b341 } .unprotected { fill: #6e7681 }
  }
</style>`;

/** A chart of horizontal bars, in the order given. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const top = 84;
  const room = WIDTH - LABELS - 90;
  const most = Math.max(...bars.map(({ value, spread }) => spread?.[1] ?? value), Number.MIN_VALUE);
  const x = (value: number) => LABELS + (value / most) * room;
  if (bars.length === 0) return emptyChart(title, unit);
  const rows = bars.map(({ label, value, spread, kind }, index) => {
    const y = top + index * ROW;
    const whisker = spread
      ? `<path class="whisker" d="M${at(x(spread[0]))} ${y + 8}H${at(x(spread[1]))}m0 -3v6M${at(x(spread[0]))} ${y + 5}v6"/>`
      : '';
    return `<text x="${LABELS - 8}" y="${y + 13}" text-anchor="end">${escaped(label)}</text>
<rect class="${kind}" x="${LABELS}" y="${y}" width="${at(x(value) - LABELS)}" height="17" rx="2"/>${whisker}
<text x="${at(x(spread?.[1] ?? value) + 7)}" y="${y + 13}">${figure(value)}</text>`;
  });
  const kinds = (Object.keys(LEGEND) as (keyof typeof LEGEND)[]).filter((kind) =>
    bars.some((bar) => bar.kind === kind),
  );
  const legend = kinds.map(
    (kind, index) => `<rect class="${kind}" x="${LABELS + index * 160}" y="57" width="11" height="11" rx="2"/>
<text x="${LABELS + index * 160 + 16}" y="67">${LEGEND[kind]}</text>`,
  );
  return page(title, unit, top + bars.length * ROW + 8, [...legend, ...rows]);
}

/** A chart of lines over evenly spaced places of x, from zero up. */
export function lineChart(title: string, unit: string, xUnit: string, lines: readonly Line[]): string {
  const [left, top, bottom, right] = [64, 64, 304, WIDTH - 240];
  const places = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const most = roundUp(Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y)), 1));
  if (places.length === 0) return emptyChart(title, unit);
  const x = (value: number) =>
    at(left + (places.indexOf(value) / Math.max(places.length - 1, 1)) * (right - left));
  const y = (value: number) => at(bottom - (value / most) * (bottom - top));
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) => `<path class="axis" d="M${left} ${y(most * share)}H${right}"/>
<text class="note" x="${left - 8}" y="${Number(y(most * share)) + 4}" text-anchor="end">${figure(most * share)}</text>`,
  );
  const marks = places.map(
    (place) =>
      `<text class="note" x="${x(place)}" y="${bottom + 18}" text-anchor="middle">${figure(place)}</text>`,
  );
  const drawn = lines.map(({ label, points }, index) => {
    const colour = LINES[index % LINES.length];
    const way = points.map(([px, py], point) => `${point === 0 ? 'M' : 'L'}${x(px)} ${y(py)}`).join('');
    const dots = points
      .map(([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="3" fill="${colour}"/>`)
      .join('');
    return `<path d="${way}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}
<rect x="${right + 24}" y="${top + index * 20}" width="11" height="11" rx="2" fill="${colour}"/>
<text x="${right + 40}" y="${top + index * 20 + 10}">${escaped(label)}</text>`;
  });
  const xTitle = `<text class="note" x="${(left + right) / 2}" y="${bottom + 38}" text-anchor="middle">${escaped(xUnit)}</text>`;
  return page(title, unit, bottom + 48, [...grid, ...marks, xTitle, ...drawn]);
}

function emptyChart(title: string, unit: string): string {
  return page(title, unit, 96, ['<text class="note" x="16" y="76">Not measured in this run.</text>']);
}

function page(title: string, unit: string, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
${STYLE}
<rect class="page" width="${WIDTH}" height="${height}" rx="6"/>
<text class="title" x="16" y="26">${escaped(title)}</text>
<text class="note" x="16" y="44">${escaped(unit)}</text>
${parts.join('\n')}
</svg>
`;
}

/** The next number whose quarters are easy to read. */
function roundUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map((times) => times * unit).find((most) => most >= value) ?? value;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function at(place: number): string {
  return place.toFixed(1);
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
