/** Entry of a collector process: takes OTLP over HTTP in JSON, and hands out the spans that it got. */
import { createServer, type IncomingMessage } from 'node:http';

interface ExportRequest {
  readonly resourceSpans?: { readonly scopeSpans?: { readonly spans?: unknown[] }[] }[];
}

const spans: unknown[] = [];

const server = createServer(async (request, response) => {
  if (request.method === 'POST' && request.url === '/v1/traces') {
    const { resourceSpans = [] } = JSON.parse(await bodyOf(request)) as ExportRequest;
    for (const { scopeSpans = [] } of resourceSpans)
      for (const scope of scopeSpans) spans.push(...(scope.spans ?? []));
    response.end('{}');
  } else response.end(JSON.stringify(spans));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
process.on('disconnect', () => process.exit(0));

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
