/** Memory that a guest's network needs beside the guest's own, in bytes. Pure. */
import { pluginsOf } from '../../api/binding-plugins.ts';
import type { BindingPlugins } from '../../api/binding-plugins.ts';
import { wholeUnits } from '../../api/quantity.ts';
import type { Interface, VmiSpec } from '../../api/types.ts';

const MiB = 1024n * 1024n;
/** passt's tables of flows and buffers. */
const passtBytes = 24n * MiB;
/** What the kernel keeps of a listening socket, with its file. */
const socketBytes = 3n * 1024n;
/** Sockets when every port is forwarded: TCP and UDP, without the 28,232 that the kernel hands out by itself. */
const allPorts = 2n * (65_536n - 28_232n);

/** What passt takes: 24 MiB and 3 KiB a forwarded port, which with all of them is some 240 MiB. */
export function passtOverhead({ domain }: VmiSpec): bigint {
  const served = (domain.devices.interfaces ?? []).filter(({ passtBinding }) => passtBinding !== undefined);
  return served.reduce((sum, iface) => sum + passtBytes + socketBytes * forwarded(iface), 0n);
}

const forwarded = ({ ports = [] }: Interface): bigint =>
  ports.length === 0 ? allPorts : BigInt(ports.length);

/** What the plug-ins of a guest's interfaces were registered to need in the launcher's container, each once. */
export const pluginOverhead = (spec: VmiSpec, plugins: BindingPlugins): bigint =>
  pluginsOf(spec, plugins).reduce(
    (sum, [, { memoryOverhead }]) => sum + wholeUnits(memoryOverhead ?? '0'),
    0n,
  );
