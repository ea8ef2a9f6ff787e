import { AXES } from './axes/axes.ts';
import { SIZES } from './axes/axis.ts';
import { openGround } from './ground/ground.ts';
import { runCells } from './run-cells.ts';
import { Servers } from './servers.ts';

const ground = await openGround();
const servers = new Servers();
const cells = AXES.flatMap((axis) => axis.cells(SIZES.quick));
const results = await runCells({ ground, servers, rounds: 3, say: (line) => console.log(line) }, cells);
await servers.close();
await ground.close();
for (const { cell, rounds } of results) {
  const cpu = rounds.map((round) =>
    Object.values(round?.cpu ?? {})
      .map((ms) => ms?.toFixed(3))
      .join(' '),
  );
  console.log(
    cell.contender,
    cell.concurrency,
    cell.jobs,
    cpu.join(' | '),
    rounds[0]?.walBytes,
    rounds[0]?.diskBytes,
  );
}
