/** Hook sidecars of a launcher pod: the containers of network binding plug-ins. Pure. */
import { launcherUser } from '../../api/constants.ts';
import { pluginsOf } from '../../api/binding-plugins.ts';
import type { ClusterConfig } from '../../api/cluster-config.ts';
import { isGuaranteed } from '../../api/guaranteed.ts';
import type { Container, PodSpec, VmiSpec } from '../../api/types.ts';
import { hookSidecarName, layout } from '../../launcher/layout.ts';
import { isPositive } from './guest.ts';

type Mount = NonNullable<Container['volumeMounts']>[number];

interface Sidecar {
  image: string;
  plugin: string;
}

const sidecarsOf = (spec: VmiSpec, { bindingPlugins }: ClusterConfig): Sidecar[] =>
  pluginsOf(spec, bindingPlugins).flatMap(([plugin, { sidecarImage }]) =>
    sidecarImage === undefined ? [] : [{ plugin, image: sidecarImage }],
  );

/** One container for each sidecar, with a folder of its own for its socket. */
export function sidecarContainers(spec: VmiSpec, cluster: ClusterConfig): Container[] {
  return sidecarsOf(spec, cluster).map(({ image, plugin }, index) => {
    const name = hookSidecarName(index);
    return {
      name,
      image,
      imagePullPolicy: cluster.imagePullPolicy,
      env: [
        { name: 'CONTAINER_NAME', value: name },
        { name: 'NETWORK_BINDING_PLUGIN_NAME', value: plugin },
      ],
      resources: resourcesOf(spec),
      volumeMounts: [{ name: layout.hooksVolume, mountPath: layout.hooksDir, subPath: name }],
      securityContext: {
        runAsUser: launcherUser,
        runAsGroup: launcherUser,
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      },
    };
  });
}

/**
 * KubeVirt's figures. What a plug-in takes is its own, so that there is a limit only where the VMI has one, which is
 * where a quota may demand it, and in pods that are Guaranteed because all containers request what they are limited to.
 */
function resourcesOf(spec: VmiSpec): NonNullable<Container['resources']> {
  const bounded = { cpu: '200m', memory: '64M' };
  if (isGuaranteed(spec)) return { requests: bounded, limits: bounded };
  const stated = spec.domain.resources?.limits;
  const limits = {
    ...(isPositive(stated?.cpu) ? { cpu: bounded.cpu } : {}),
    ...(isPositive(stated?.memory) ? { memory: bounded.memory } : {}),
  };
  const limited = Object.keys(limits).length > 0;
  return { requests: { cpu: '10m', memory: '32M' }, ...(limited ? { limits } : {}) };
}

/** What the launcher is told: how many to wait for. */
export function sidecarArguments(spec: VmiSpec, cluster: ClusterConfig): string[] {
  const { length } = sidecarsOf(spec, cluster);
  return length === 0 ? [] : ['--hook-sidecars', String(length)];
}

/** The folder of sockets, where there are any. */
export function sidecarVolumes(spec: VmiSpec, cluster: ClusterConfig): NonNullable<PodSpec['volumes']> {
  return sidecarsOf(spec, cluster).length === 0 ? [] : [{ name: layout.hooksVolume, emptyDir: {} }];
}

/** Where the launcher sees all of them. */
export function sidecarMounts(spec: VmiSpec, cluster: ClusterConfig): Mount[] {
  return sidecarsOf(spec, cluster).length === 0
    ? []
    : [{ name: layout.hooksVolume, mountPath: layout.hooksDir }];
}
