/**
 * The launcher's own tap on a guest's bridge: frames in and out without any capability, because the node agent
 * made it for the launcher's user, as it made the guest's for QEMU. What can be sent there, a guest could send itself.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { runtime } from '../../libvirt/binding/runtime.ts';
import { messageOf, MonovirtError } from '../../support/errors.ts';

export interface Tap extends Disposable {
  descriptor: number;
  /** The next frame; undefined when there is none now. */
  read(): Buffer | undefined;
  /** Sends a frame; one that there is no room for is lost, as on any wire. */
  write(frame: Buffer): void;
}

const device = '/dev/net/tun';
/** `TUNSETIFF` of linux/if_tun.h, the same on all machines that we build for. */
const setInterface = 0x400454ca;
/** `IFF_TAP | IFF_NO_PI`: Ethernet frames without anything before them. */
const flags = 0x0002 | 0x1000;
/** A `struct ifreq`: the name, then the flags. */
const requestLength = 40;
const flagsAt = 16;
/** What guests ask is shorter; the rest of a longer frame is dropped. */
const longestFrame = 2048;

/** Opens a tap that exists already. @throws MonovirtError `TapUnavailable`. */
export async function openTap(name: string): Promise<Tap> {
  // libvirt's runtime sets koffi up, which has to come before anything is loaded with it.
  const { koffi } = (await runtime()).libvirt;
  const control: (descriptor: number, request: number, argument: Buffer) => number = koffi
    .load('libc.so.6')
    .func('int ioctl(int descriptor, unsigned long request, void *argument)');
  let descriptor: number | undefined;
  try {
    descriptor = openSync(device, constants.O_RDWR | constants.O_NONBLOCK);
    const request = Buffer.alloc(requestLength);
    request.write(name, 'ascii');
    request.writeUInt16LE(flags, flagsAt);
    if (control(descriptor, setInterface, request) !== 0) throw new Error('the kernel refuses it');
    return tapOn(descriptor);
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw new MonovirtError(
      'TapUnavailable',
      `cannot open tap ${name} through ${device}: ${messageOf(error)}; the node agent has to make it for user ` +
        `${process.getuid?.() ?? 'unknown'} in the network namespace of the pod first`,
      'backoff',
      { cause: error },
    );
  }
}

function tapOn(descriptor: number): Tap {
  const buffer = Buffer.alloc(longestFrame);
  return {
    descriptor,
    read: () => {
      const length = unlessBusy(() => readSync(descriptor, buffer)) ?? 0;
      return length === 0 ? undefined : Buffer.from(buffer.subarray(0, length));
    },
    write: (frame) => void unlessBusy(() => writeSync(descriptor, frame)),
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

function unlessBusy(act: () => number): number | undefined {
  try {
    return act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
