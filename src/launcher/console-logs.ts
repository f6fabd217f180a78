/** Where the guest's serial console is logged: always in the compute container, and in one of its own where asked for. */
import type { Vmi } from '../api/types.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import type { ProcessView } from './disks/hold.ts';
import { serialLog } from './serial-log.ts';
import type { SerialLog } from './serial-log.ts';

export interface ConsoleLogsOptions {
  /** Gets lines for the compute container's log. @returns false when there is no room for one now. */
  write: (text: string) => boolean;
  log: Logger;
  /** What the guest said last, for a log that comes late. */
  tail: () => Buffer;
  /** How to find the side container. */
  folder: string;
  view: ProcessView;
}

export interface ConsoleLogs extends Disposable {
  /** Begins what the VMI asks for. Idempotent. */
  begin(vmi: Vmi): void;
  push(chunk: Buffer): void;
}

/** Sets what the guest says apart from the launcher's own lines in their common log, which it cannot forge so. */
const guestLinePrefix = 'guest: ';

export function consoleLogs({ write, log, tail, folder, view }: ConsoleLogsOptions): ConsoleLogs {
  const stop = new AbortController();
  const logs: SerialLog[] = [];
  const beginApart = async (): Promise<void> => {
    try {
      const { openGuestConsoleLog } = await import('./guest-console-log.ts');
      const apart = serialLog({ write: await openGuestConsoleLog(folder, { view, signal: stop.signal }) });
      apart.push(tail());
      logs.push(apart);
    } catch (error) {
      if (!stop.signal.aborted)
        log.warn('container guest-console-log stays empty', { error: messageOf(error) });
    }
  };
  return {
    begin: ({ spec }) => {
      const { logSerialConsole, autoattachSerialConsole } = spec.domain.devices;
      if (logs.length > 0 || logSerialConsole === false) return;
      logs.push(serialLog({ write, prefix: guestLinePrefix }));
      if (logSerialConsole === true && autoattachSerialConsole !== false) void beginApart();
    },
    push: (chunk) => {
      for (const each of logs) each.push(chunk);
    },
    [Symbol.dispose]: () => {
      stop.abort();
      for (const each of logs) each.flush();
    },
  };
}
