/** One command at a time works on a cluster. */
import { createServer } from 'node:net';
import { MonovirtError } from '../support/errors.ts';

/**
 * Takes the cluster's lock: an abstract Unix socket, which the kernel frees when its owner ends in any way.
 * @throws MonovirtError `ClusterBusy` when another command holds it.
 */
export async function lockCluster(name: string): Promise<AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const busy = `another command is changing ${name}: wait for it to end`;
      reject(
        cause.code === 'EADDRINUSE' ? new MonovirtError('ClusterBusy', busy, 'never', { cause }) : cause,
      );
    });
    server.listen({ path: `\0${name}.lock` }, resolve);
  });
  return {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
