import { effectRecorder } from '../effect-recorder.ts';
import { runRemote } from '../remote-process.ts';

await runRemote(effectRecorder, process.argv.slice(2));
