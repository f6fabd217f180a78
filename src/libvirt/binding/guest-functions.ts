/** The part of libvirt's C API that reaches into a guest: its agent and its screen. */
import type { Koffi } from './koffi.ts';
import { asNumber, asPointer, asText, inThread } from './native.ts';
import type { Pointer } from './native.ts';

/** Of the same package as libvirt itself; what only QEMU has. */
const qemuSoname = 'libvirt-qemu.so.0';

export interface Guests {
  reboot(domain: Pointer, flags: number): Promise<number>;
  /** @param timeout in seconds. */
  agentCommand(domain: Pointer, command: string, timeout: number, flags: number): Promise<string | null>;
  streamNew(connection: Pointer, flags: number): Promise<Pointer | null>;
  /** @returns the media type of what the stream then carries. */
  screenshot(domain: Pointer, stream: Pointer, screen: number, flags: number): Promise<string | null>;
  /** @returns how many bytes were written to `data`; 0 at the end. */
  streamRead(stream: Pointer, data: Buffer, size: number): Promise<number>;
  streamFinish(stream: Pointer): Promise<number>;
  streamAbort(stream: Pointer): Promise<number>;
  streamFree(stream: Pointer): Promise<number>;
}

/** @param library libvirt itself, loaded. */
export function guests(koffi: Koffi, library: ReturnType<Koffi['load']>): Guests {
  const ownedText = koffi.disposable('char *');
  const ofStream = (name: string): ((stream: Pointer) => Promise<number>) =>
    inThread(library.func(`int ${name}(void *stream)`), asNumber);
  return {
    reboot: inThread(library.func('int virDomainReboot(void *dom, uint flags)'), asNumber),
    agentCommand: inThread(
      koffi
        .load(qemuSoname)
        .func('virDomainQemuAgentCommand', ownedText, ['void *', 'const char *', 'int', 'uint']),
      asText,
    ),
    streamNew: inThread(library.func('void *virStreamNew(void *conn, uint flags)'), asPointer),
    screenshot: inThread(
      library.func('virDomainScreenshot', ownedText, ['void *', 'void *', 'uint', 'uint']),
      asText,
    ),
    streamRead: inThread(
      library.func('int virStreamRecv(void *stream, void *data, size_t nbytes)'),
      asNumber,
    ),
    streamFinish: ofStream('virStreamFinish'),
    streamAbort: ofStream('virStreamAbort'),
    streamFree: ofStream('virStreamFree'),
  };
}
