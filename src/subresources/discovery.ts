/** What the aggregated API says it serves. Pure. */
import { subresourcesGroup, subresourcesVersions } from '../api/constants.ts';

const vmSubresources = ['start', 'stop', 'restart'];
const vmiSubresources = ['console', 'vnc', 'pause', 'unpause'];

interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  verbs: string[];
}

const streams = new Set(['console', 'vnc']);

function resource(parent: string, subresource: string): ApiResource {
  return {
    name: `${parent}/${subresource}`,
    singularName: '',
    namespaced: true,
    kind: '',
    verbs: streams.has(subresource) ? ['get'] : ['update'],
  };
}

/** `APIResourceList` of one version. */
export function resourceList(version: string): unknown {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${subresourcesGroup}/${version}`,
    resources: [
      ...vmiSubresources.map((name) => resource('virtualmachineinstances', name)),
      ...vmSubresources.map((name) => resource('virtualmachines', name)),
    ],
  };
}

/** `APIGroup`. */
export function apiGroup(): unknown {
  const listed = subresourcesVersions.map((version) => ({
    groupVersion: `${subresourcesGroup}/${version}`,
    version,
  }));
  return {
    kind: 'APIGroup',
    apiVersion: 'v1',
    name: subresourcesGroup,
    versions: listed,
    preferredVersion: listed[0],
  };
}

/** `APIGroupList`. */
export function apiGroupList(): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: [apiGroup()] };
}
