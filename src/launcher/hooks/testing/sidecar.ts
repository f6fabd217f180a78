/** A hook sidecar for tests: KubeVirt's protocol, served by our own gRPC. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { serveGrpc } from '../../../grpc/grpc.ts';
import type { GrpcServer, Method } from '../../../grpc/grpc.ts';
import { MessageWriter, readFields } from '../../../grpc/protobuf.ts';

export interface TestSidecar {
  name: string;
  versions?: string[];
  /** Hook point → priority below 128. */
  points?: Record<string, number>;
  /** What becomes of a domain. */
  change?: (domainXml: string, vmi: string) => string | Promise<string>;
  shutdown?: () => void;
}

/** Serves it in its folder below `hooksDir`, as its container would. */
export async function serveSidecar(folder: string, sidecar: TestSidecar): Promise<GrpcServer> {
  await mkdir(folder, { recursive: true });
  const { versions = ['v1alpha3'], change = (xml) => xml } = sidecar;
  const define: Method = async (request, send) => {
    const [xml = '', vmi = ''] = readFields(request).map(({ value }) => value.toString());
    send(new MessageWriter().string(1, await change(xml, vmi)).finish());
  };
  const shutdown: Method = async (_request, send) => {
    sidecar.shutdown?.();
    send(Buffer.alloc(0));
  };
  const info: Method = async (_request, send) => send(encodeInfo(sidecar, versions));
  const callbacks = versions.flatMap((version): [string, Method][] => [
    [`/kubevirt.hooks.${version}.Callbacks/OnDefineDomain`, define],
    [`/kubevirt.hooks.${version}.Callbacks/Shutdown`, shutdown],
  ]);
  const methods = Object.fromEntries([['/kubevirt.hooks.info.Info/Info', info] as const, ...callbacks]);
  return serveGrpc(join(folder, `${sidecar.name}.sock`), methods);
}

function encodeInfo({ name, points = { OnDefineDomain: 0 } }: TestSidecar, versions: string[]): Buffer {
  const message = new MessageWriter().string(1, name);
  for (const [point, priority] of Object.entries(points)) {
    const rank = priority === 0 ? Buffer.alloc(0) : Buffer.from([2 << 3, priority]);
    message.bytes(3, Buffer.concat([new MessageWriter().string(1, point).finish(), rank]));
  }
  for (const version of versions) message.string(4, version);
  return message.finish();
}
