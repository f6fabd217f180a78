/**
 * What RBAC cannot say of a node agent: only its own node. One that was taken over (CVE-2023-26484) can spoil
 * its node and the guests there, and nothing of any other. Pure.
 */
import { apiVersionOf } from '../../api/kinds.ts';
import { clusterMeta } from '../installation.ts';
import type { Installation } from '../installation.ts';
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from '../kinds.ts';
import { agentAccount } from './agent-access.ts';
import type { Desired } from './desired.ts';

interface Restriction {
  name: string;
  rule: { apiGroups: string[]; apiVersions: string[]; resources: string[] };
  variables?: { name: string; expression: string }[];
  validations: { expression: string; message: string }[];
}

/** The node that a service account token was made for: Kubernetes writes it into the tokens of pods. */
const claim = 'authentication.kubernetes.io/node-name';
const node = {
  name: 'node',
  expression: `has(request.userInfo.extra) && '${claim}' in request.userInfo.extra ? request.userInfo.extra['${claim}'][0] : ''`,
};
const named = {
  expression: "variables.node != ''",
  message: 'the token of a node agent must name its node; run the agent in a pod with a bound token',
};

/** Keys that are KubeVirt's or ours; KubeVirt's `cpumanager` has no prefix. */
const own = "'^(cpumanager$|([a-z0-9-]+[.])*(kubevirt|monovirt)[.]io/)'";

/** Whether all that differs between two maps is ours. */
function onlyOurs(field: 'labels' | 'annotations'): { expression: string; message: string } {
  const unchanged = (from: string, to: string): string =>
    `variables.${from}.all(key, key.matches(${own}) || (key in variables.${to} && variables.${from}[key] == variables.${to}[key]))`;
  const [before, after] = [`${field}Before`, `${field}After`];
  return {
    expression: `${unchanged(before, after)} && ${unchanged(after, before)}`,
    message: `a node agent may change only ${field} of kubevirt.io and monovirt.io`,
  };
}

const maps = (['labels', 'annotations'] as const).flatMap((field) => [
  {
    name: `${field}Before`,
    expression: `has(oldObject.metadata.${field}) ? oldObject.metadata.${field} : {}`,
  },
  { name: `${field}After`, expression: `has(object.metadata.${field}) ? object.metadata.${field} : {}` },
]);

export const restrictions: readonly Restriction[] = [
  {
    name: 'kubevirt-node-restriction-policy',
    rule: { apiGroups: [''], apiVersions: ['v1'], resources: ['nodes'] },
    variables: maps,
    validations: [
      {
        expression: 'object.metadata.name == variables.node',
        message: 'a node agent may change only the node that it runs on',
      },
      { expression: 'object.spec == oldObject.spec', message: "a node agent may not change a node's spec" },
      {
        expression:
          '(has(object.metadata.finalizers) ? object.metadata.finalizers : []) == (has(oldObject.metadata.finalizers) ? oldObject.metadata.finalizers : []) && (has(object.metadata.ownerReferences) ? object.metadata.ownerReferences : []) == (has(oldObject.metadata.ownerReferences) ? oldObject.metadata.ownerReferences : [])',
        message: "a node agent may not change a node's finalizers or owners",
      },
      onlyOurs('labels'),
      onlyOurs('annotations'),
    ],
  },
  {
    name: 'kubevirt-vmi-restriction-policy',
    rule: {
      apiGroups: ['kubevirt.io'],
      apiVersions: ['*'],
      resources: ['virtualmachineinstances', 'virtualmachineinstances/status'],
    },
    validations: [
      {
        expression:
          'has(oldObject.status) && has(oldObject.status.nodeName) && oldObject.status.nodeName == variables.node',
        message: 'Node restriction, virt-handler is only allowed to modify VMIs it owns',
      },
      {
        expression:
          'has(object.status) && has(object.status.nodeName) && object.status.nodeName == variables.node',
        message: 'a node agent may not hand a VMI to another node',
      },
    ],
  },
  {
    name: 'kubevirt-pod-restriction-policy',
    rule: { apiGroups: [''], apiVersions: ['v1'], resources: ['pods', 'pods/status'] },
    validations: [
      {
        expression: 'has(oldObject.spec.nodeName) && oldObject.spec.nodeName == variables.node',
        message: 'a node agent may change only pods of the node that it runs on',
      },
    ],
  },
];

/** The name of a policy's binding. */
export const bindingName = (policyName: string): string => policyName.replace(/-policy$/, '-binding');

/** Policies with their bindings. */
export function nodeRestriction(installation: Installation): Desired[] {
  return restrictions.flatMap((restriction) => [
    policy(installation, restriction),
    binding(installation, restriction.name),
  ]);
}

function policy(
  installation: Installation,
  { name, rule, variables = [], validations }: Restriction,
): Desired {
  const user = `system:serviceaccount:${installation.namespace}:${agentAccount}`;
  return {
    resource: validatingAdmissionPolicies,
    object: {
      apiVersion: apiVersionOf(validatingAdmissionPolicies),
      kind: validatingAdmissionPolicies.kind,
      metadata: clusterMeta(installation, name),
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [{ ...rule, operations: ['UPDATE'] }] },
        matchConditions: [{ name: 'node-agent', expression: `request.userInfo.username == '${user}'` }],
        variables: [node, ...variables],
        validations: [named, ...validations],
      },
    },
  };
}

function binding(installation: Installation, name: string): Desired {
  return {
    resource: validatingAdmissionPolicyBindings,
    object: {
      apiVersion: apiVersionOf(validatingAdmissionPolicyBindings),
      kind: validatingAdmissionPolicyBindings.kind,
      metadata: clusterMeta(installation, bindingName(name)),
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  };
}
