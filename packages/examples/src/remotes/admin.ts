import type { RemoteStats } from './effect-stage.ts';
import type { FaultSwitch } from './faults.ts';
import { type HttpAnswer, HttpProblem, type HttpRequest, jsonAnswer } from './http-answer.ts';

/**
 * Answers the requests by which a test or the demo steers a remote, and no others.
 *
 * `GET /_faults` and `POST /_faults` read and replace the fault plan, `GET /_stats` counts. They meet no faults
 * themselves and aren't counted as requests.
 */
export function adminAnswer(
  request: HttpRequest,
  faults: FaultSwitch,
  stats: () => RemoteStats,
): HttpAnswer | undefined {
  switch (`${request.method} ${request.path}`) {
    case 'GET /_faults':
      return jsonAnswer(200, faults.plan());
    case 'POST /_faults':
      return jsonAnswer(200, setFaults(request, faults));
    case 'GET /_stats':
      return jsonAnswer(200, stats());
    default:
      return undefined;
  }
}

function setFaults(request: HttpRequest, faults: FaultSwitch): unknown {
  try {
    return faults.set(JSON.parse(request.body.toString('utf8')));
  } catch (cause) {
    throw new HttpProblem(400, 'Bad Request', cause instanceof Error ? cause.message : String(cause));
  }
}
