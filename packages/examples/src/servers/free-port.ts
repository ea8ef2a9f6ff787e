import { createServer } from 'node:net';

/**
 * Finds a TCP port on the loopback address that nothing listens on.
 *
 * Another process may take it before it is used: whoever starts a server on it tries again then.
 */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('The system gave no port.'));
      });
    });
  });
}
