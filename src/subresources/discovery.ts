/** What the aggregated API says it serves. */
import { subresourcesGroup, subresourcesVersions } from '../api/constants.ts';
import type { Route } from '../http/types.ts';
import { resourceName } from './route-row.ts';
import type { Row } from './route-row.ts';

interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  verbs: string[];
}

const root = `/apis/${subresourcesGroup}`;
const versionRoots = subresourcesVersions.map((version) => `${root}/${version}`);

/** Routes that anybody may ask, as Kubernetes' discovery does. */
export function discoveryRoutes(rows: readonly Row[]): Route[] {
  return [
    constant('/', { paths: ['/apis', root, ...versionRoots, '/openapi/v2', '/openapi/v3'] }),
    constant('/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: [apiGroup()] }),
    constant(root, apiGroup()),
    ...subresourcesVersions.map((version) => constant(`${root}/${version}`, resourceList(rows, version))),
  ];
}

const constant = (path: string, body: unknown): Route => ({
  method: 'GET',
  path,
  handle: () => Promise.resolve({ status: 200, body }),
});

/** `APIResourceList` of one version. */
export function resourceList(rows: readonly Row[], version: string): { resources: ApiResource[] } {
  const list = {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${subresourcesGroup}/${version}`,
    resources: rows.filter(({ listed }) => listed).map(resourceOf),
  };
  return list;
}

const resourceOf = (row: Row): ApiResource => ({
  name: resourceName(row) ?? '',
  singularName: '',
  namespaced: true,
  kind: '',
  verbs: [row.method === 'GET' ? 'get' : 'update'],
});

function apiGroup(): unknown {
  const versions = subresourcesVersions.map((version) => ({
    groupVersion: `${subresourcesGroup}/${version}`,
    version,
  }));
  return {
    kind: 'APIGroup',
    apiVersion: 'v1',
    name: subresourcesGroup,
    versions,
    preferredVersion: versions[0],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }],
  };
}
