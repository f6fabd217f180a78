/** Manifests of instancetypes and preferences. Pure but for names made up. */
import {
  apiVersionOf,
  clusterInstancetypes,
  clusterPreferences,
  instancetypes,
  preferences,
} from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import { generatedName } from './names.ts';
import { parseParams, requiredParam } from './params.ts';

interface Scope {
  name?: string;
  namespace?: string;
  namespaced?: boolean;
}

export interface InstancetypeFlags extends Scope {
  cpu: number;
  memory: string;
  gpu?: string[];
  hostdevice?: string[];
  iothreadspolicy?: string;
}

export interface PreferenceFlags extends Scope {
  cpuTopology?: string;
  volumeStorageClass?: string;
  machineType?: string;
}

/** @throws MonovirtError InvalidParameter. */
export function instancetypeManifest(flags: InstancetypeFlags): object {
  const gpus = deviceList('gpu', flags.gpu);
  const hostDevices = deviceList('hostdevice', flags.hostdevice);
  return {
    ...head(flags, 'instancetype', instancetypes, clusterInstancetypes),
    spec: {
      cpu: { guest: flags.cpu },
      memory: { guest: flags.memory },
      ...(gpus.length > 0 && { gpus }),
      ...(hostDevices.length > 0 && { hostDevices }),
      ...(flags.iothreadspolicy !== undefined && { ioThreadsPolicy: flags.iothreadspolicy }),
    },
  };
}

export function preferenceManifest(flags: PreferenceFlags): object {
  const { cpuTopology, volumeStorageClass, machineType } = flags;
  return {
    ...head(flags, 'preference', preferences, clusterPreferences),
    spec: {
      ...(cpuTopology !== undefined && { cpu: { preferredCPUTopology: cpuTopology } }),
      ...(volumeStorageClass !== undefined && { volumes: { preferredStorageClassName: volumeStorageClass } }),
      ...(machineType !== undefined && { machine: { preferredMachineType: machineType } }),
    },
  };
}

function head(flags: Scope, prefix: string, namespaced: Resource, cluster: Resource): object {
  const inNamespace = flags.namespaced === true || flags.namespace !== undefined;
  const resource = inNamespace ? namespaced : cluster;
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name: flags.name ?? generatedName(prefix),
      ...(flags.namespace !== undefined && { namespace: flags.namespace }),
    },
  };
}

function deviceList(flag: string, texts: readonly string[] = []): object[] {
  return texts.map((text) => {
    const params = parseParams(flag, text, ['name', 'devicename']);
    return {
      name: requiredParam(flag, params, 'name'),
      deviceName: requiredParam(flag, params, 'devicename'),
    };
  });
}
