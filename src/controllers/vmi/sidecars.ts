/** Hook sidecars of a launcher pod: the containers of network binding plug-ins. Pure. */
import { launcherUser } from '../../api/constants.ts';
import { pluginsOf } from '../../api/binding-plugins.ts';
import type { ClusterConfig } from '../../api/cluster-config.ts';
import { isGuaranteed } from '../../api/guaranteed.ts';
import type { Container, PodSpec, VmiSpec } from '../../api/types.ts';
import { hookSidecarName, layout } from '../../launcher/layout.ts';
import { isDedicated } from './guest-cpus.ts';

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

/** A pod whose containers all have limits keeps them; KubeVirt's figures. Others may take what they need. */
function resourcesOf(spec: VmiSpec): NonNullable<Container['resources']> {
  const bounded = { cpu: '200m', memory: '64M' };
  if (isDedicated(spec) || isGuaranteed(spec)) return { requests: bounded, limits: bounded };
  return { requests: { cpu: '10m', memory: '32M' } };
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
