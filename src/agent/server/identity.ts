/** The endpoint's certificate: files of a mounted secret, which change when it is renewed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsIdentity } from '../../http/types.ts';
import { watchPath } from '../../support/watch-path.ts';

/** Reads certificate, key and the authority that signs the controller's client certificate. */
export function readIdentity(directory: string): TlsIdentity {
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  return { certificate: read('tls.crt'), key: read('tls.key'), clientCa: read('ca.crt') };
}

/**
 * Calls `renewed` when the kubelet has put new files in place, until `signal` aborts. It exchanges the link
 * `..data`, so the files always belong together.
 */
export async function followIdentity(
  directory: string,
  renewed: () => void,
  signal: AbortSignal,
): Promise<void> {
  let known = fingerprint(directory);
  const look = (): void => {
    const found = fingerprint(directory);
    if (found === undefined || found === known) return;
    known = found;
    renewed();
  };
  await watchPath(join(directory, 'tls.crt'), look, signal);
}

function fingerprint(directory: string): string | undefined {
  try {
    return JSON.stringify(readIdentity(directory));
  } catch {
    return undefined;
  }
}
