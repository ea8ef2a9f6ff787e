import { adminAnswer } from './admin.ts';
import { HttpProblem, type HttpRequest, type HttpRoute } from './http-answer.ts';
import { serveHttp } from './http-server.ts';
import type { ListeningRemote, RemoteContext } from './remote.ts';

/** Starts a remote that speaks HTTP, with the admin endpoints on the same port. */
export async function startHttpRemote(context: RemoteContext, route: HttpRoute): Promise<ListeningRemote> {
  const { faults, stage, port, name } = context;
  const server = await serveHttp(port, async (request) => {
    const admin = adminAnswer(request, faults, stage.stats);
    if (admin !== undefined) return admin;
    if (!(await stage.admit(request.path))) {
      throw new HttpProblem(503, 'Service Unavailable', `${name} is busy.`, { 'retry-after': '1' });
    }
    return route(request);
  });
  return { port: server.port, adminPort: server.port, stop: server.stop };
}

/** The answer to a request for something that isn't there. */
export function notFound(request: HttpRequest): HttpProblem {
  return new HttpProblem(404, 'Not Found', `There is no ${request.method} ${request.path}.`);
}
