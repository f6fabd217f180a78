/**
 * Networks beside that of the cluster, as NetworkAttachmentDefinitions (Multus, the thin plug-in). Pure.
 *
 * It runs only for pods that ask for one: the start of any other pod costs nothing more.
 */
const rbac = 'rbac.authorization.k8s.io';
const group = 'k8s.cni.cncf.io';
const user = 'system:multus';
const names = {
  plural: 'network-attachment-definitions',
  singular: 'network-attachment-definition',
  kind: 'NetworkAttachmentDefinition',
  shortNames: ['net-attach-def'],
};

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${names.plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names,
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                // A network plug-in's configuration, as JSON.
                properties: { config: { type: 'string' } },
              },
            },
          },
        },
      },
    ],
  },
};

/** The kind of networks, and what the plug-in may read and say. */
export function multusObjects(): object[] {
  return [
    definition,
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: user },
      rules: [
        { apiGroups: [group], resources: [names.plural], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods/status'], verbs: ['get', 'update', 'patch'] },
        { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: user },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: user },
      subjects: [{ apiGroup: rbac, kind: 'User', name: user }],
    },
  ];
}
