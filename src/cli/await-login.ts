/** Waits until a guest asks for a login on its serial console. */
import type { Duplex } from 'node:stream';
import type { Key } from '../kube/types.ts';
import { MonovirtError } from '../support/errors.ts';
import type { Session } from './session.ts';
import { openStream } from './stream.ts';
import { vmiPath } from './subresource-path.ts';

const timeoutMs = 120_000;
const prompt = /login: *$/;
/** Enough to hold a prompt that arrives in pieces. */
const keptCharacters = 4096;

/**
 * Presses Enter once, so that a guest which printed its prompt before anyone looked prints it again.
 * @throws MonovirtError NoLoginPrompt with the end of what the guest printed.
 */
export async function awaitLogin(session: Session, key: Key, signal: AbortSignal): Promise<void> {
  const path = vmiPath({ namespace: 'default', ...key }, 'console');
  const stream = await openStream(session.streamUrl(path), await session.webSocket(), signal);
  try {
    stream.write('\n');
    await promptOn(stream, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  } finally {
    stream.destroy();
  }
}

function promptOn(stream: Duplex, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen = '';
  const fail = (): void => {
    const message = `the guest shows no login prompt; its console ends with ${JSON.stringify(seen.slice(-400))}`;
    reject(new MonovirtError('NoLoginPrompt', message, 'never'));
  };
  stream.on('data', (chunk: Buffer) => {
    seen = (seen + chunk.toString('latin1')).slice(-keptCharacters);
    if (prompt.test(seen)) resolve();
  });
  stream.on('close', fail);
  signal.addEventListener('abort', fail, { once: true });
  return promise;
}
