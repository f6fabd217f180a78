/** The messages of the kubelet's device plugin API v1beta1 that we send and understand. */
import { MessageWriter, readFields } from '../../grpc/protobuf.ts';

/** Version of the device plugin API; the kubelet refuses any other. */
export const apiVersion = 'v1beta1';

export interface PluginDevice {
  id: string;
  healthy: boolean;
}

/** What the kubelet adds to a container that asked for a device. */
export interface Allocation {
  devices: { hostPath: string; containerPath: string; permissions: string }[];
  mounts: { hostPath: string; containerPath: string; readOnly: boolean }[];
}

export interface Registration {
  /** Name of the plugin's socket inside the kubelet's device plugin directory. */
  endpoint: string;
  resourceName: string;
}

export function encodeRegistration(registration: Registration): Buffer {
  return new MessageWriter()
    .string(1, apiVersion)
    .string(2, registration.endpoint)
    .string(3, registration.resourceName)
    .bytes(4, Buffer.alloc(0))
    .finish();
}

export function decodeRegistration(message: Buffer): Registration & { version: string } {
  const strings = new Map(readFields(message).map(({ number, value }) => [number, value.toString()]));
  return {
    version: strings.get(1) ?? '',
    endpoint: strings.get(2) ?? '',
    resourceName: strings.get(3) ?? '',
  };
}

export function encodeDevices(devices: readonly PluginDevice[]): Buffer {
  const list = new MessageWriter();
  for (const { id, healthy } of devices) {
    list.bytes(
      1,
      new MessageWriter()
        .string(1, id)
        .string(2, healthy ? 'Healthy' : 'Unhealthy')
        .finish(),
    );
  }
  return list.finish();
}

export function decodeDevices(message: Buffer): PluginDevice[] {
  return readFields(message).map(({ value }) => {
    const strings = new Map(
      readFields(asBytes(value)).map((field) => [field.number, field.value.toString()]),
    );
    return { id: strings.get(1) ?? '', healthy: strings.get(2) === 'Healthy' };
  });
}

/** Number of containers that an AllocateRequest asks for; each wants one answer. */
export function decodeAllocateRequest(message: Buffer): { containers: number } {
  return { containers: readFields(message).filter(({ number }) => number === 1).length };
}

export function encodeAllocateResponse(allocations: readonly Allocation[]): Buffer {
  const response = new MessageWriter();
  for (const allocation of allocations) response.bytes(1, encodeAllocation(allocation));
  return response.finish();
}

function encodeAllocation({ devices, mounts }: Allocation): Buffer {
  const container = new MessageWriter();
  for (const mount of mounts) {
    const { containerPath, hostPath, readOnly } = mount;
    container.bytes(
      2,
      new MessageWriter().string(1, containerPath).string(2, hostPath).bool(3, readOnly).finish(),
    );
  }
  for (const { containerPath, hostPath, permissions } of devices) {
    container.bytes(
      3,
      new MessageWriter().string(1, containerPath).string(2, hostPath).string(3, permissions).finish(),
    );
  }
  return container.finish();
}

const asBytes = (value: bigint | Buffer): Buffer => (Buffer.isBuffer(value) ? value : Buffer.alloc(0));
