/** A file whose content rotates: service account tokens, CA bundles, client certificates. */
import { readFile } from 'node:fs/promises';
import { MonovirtError } from '../support/errors.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';

export interface CredentialFile {
  /** The content without surrounding white space, at most a minute old. */
  read(): Promise<string>;
  invalidate(): void;
}

/** The kubelet replaces a token at 80 % of its life; a minute keeps far away from its end. */
const maxAgeMs = 60_000;

export function credentialFile(path: string, clock: Clock = systemClock): CredentialFile {
  let cached: { content: string; readAt: number } | undefined;
  return {
    async read() {
      if (cached !== undefined && clock.now() - cached.readAt < maxAgeMs) return cached.content;
      const content = (await readOrExplain(path)).trim();
      cached = { content, readAt: clock.now() };
      return content;
    },
    invalidate() {
      cached = undefined;
    },
  };
}

async function readOrExplain(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new MonovirtError('CredentialUnreadable', `cannot read credential file ${path}`, 'backoff', {
      cause: error,
    });
  }
}
