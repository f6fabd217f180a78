/** Waits for a descriptor in the event loop that is there anyway: Node has no way to wait for a device. */
import { MonovirtError } from '../../support/errors.ts';
import { runtime } from './runtime.ts';

const readable = 1;
const nothing = 0;

export interface Watch extends AsyncDisposable {
  /** Nothing is told until `resume`; what can be read stays. */
  pause(): void;
  resume(): void;
}

/**
 * Calls `onReadable` on JavaScript's thread as long as something can be read; it has to read all there is, without
 * waiting. @param failed is called when the loop ends by itself.
 * The loop tells of errors, too, whatever is asked for: who cannot read any more has to pause.
 * @throws LibvirtError `KoffiUnavailable` or `LibvirtUnavailable`; MonovirtError `WatchRefused`.
 */
export async function watchDescriptor(
  descriptor: number,
  onReadable: () => void,
  failed: (error: Error) => void,
): Promise<Watch> {
  const { libvirt, loop } = await runtime();
  const type = libvirt.koffi.pointer(
    libvirt.koffi.proto('void (int watch, int fd, int events, void *opaque)'),
  );
  let open = true;
  // Stays registered with koffi: the loop may have begun to call it when it is taken away.
  const callback = libvirt.koffi.register(() => {
    if (open) onReadable();
  }, type);
  const release = loop.hold(failed);
  const id = libvirt.addHandle(descriptor, readable, callback, null, null);
  if (id < 0) {
    open = false;
    await release();
    throw new MonovirtError(
      'WatchRefused',
      `libvirt's event loop takes no descriptor ${descriptor}; start the process again`,
    );
  }
  return {
    pause: () => libvirt.updateHandle(id, nothing),
    resume: () => {
      if (open) libvirt.updateHandle(id, readable);
    },
    [Symbol.asyncDispose]: async () => {
      if (!open) return;
      open = false;
      libvirt.removeHandle(id);
      await release();
    },
  };
}
