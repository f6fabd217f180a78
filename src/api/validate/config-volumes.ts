/** Rules on volumes that hand the guest objects of the cluster as a disk of files. */
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import { isDnsSubdomain } from './names.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

const at = (context: SpecContext): string => `${context.path}.volumes`;

function named(name: string | undefined, field: string): Cause[] {
  if (!name) return [invalid(field, `${field} is a required field`)];
  if (isDnsSubdomain(name)) return [];
  return [
    invalid(
      field,
      `${field} '${name}' cannot name an object; use lower-case letters, digits, dashes and dots, 253 at most`,
    ),
  ];
}

export function configMapIsNamed(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ configMap }, volume) =>
    configMap ? named(configMap.name, `${volume}.configMap.name`) : [],
  );
}

export function secretIsNamed(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ secret }, volume) =>
    secret ? named(secret.secretName, `${volume}.secret.secretName`) : [],
  );
}

export function serviceAccountIsNamed(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ serviceAccount }, volume) =>
    serviceAccount
      ? named(serviceAccount.serviceAccountName, `${volume}.serviceAccount.serviceAccountName`)
      : [],
  );
}

export function oneServiceAccount(context: SpecContext): Cause[] {
  const found = (context.spec.volumes ?? []).filter(({ serviceAccount }) => serviceAccount);
  if (found.length <= 1) return [];
  return [
    invalid(
      at(context),
      `${at(context)} must have max one serviceAccount volume set: the VM's pod has one service account`,
    ),
  ];
}

export function sysprepHasOneSource(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ sysprep }, volume) => {
    if (!sysprep) return [];
    const field = `${volume}.sysprep`;
    const { configMap, secret } = sysprep;
    if (Boolean(configMap) === Boolean(secret)) {
      return [invalid(field, `${field} must name either a configMap or a secret with the answer file`)];
    }
    return configMap
      ? named(configMap.name, `${field}.configMap.name`)
      : named(secret?.name, `${field}.secret.name`);
  });
}

/** ISO 9660 has room for so many characters. */
const longestLabel = 32;

export function volumeLabelFits(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), (volume, path) =>
    (['configMap', 'secret', 'downwardAPI'] as const).flatMap((source) => {
      const label = volume[source]?.volumeLabel;
      const field = `${path}.${source}.volumeLabel`;
      if (!label || /^[\x20-\x7e]{1,32}$/.test(label)) return [];
      return [invalid(field, `${field} must be at most ${longestLabel} characters of ASCII`)];
    }),
  );
}

/** The fields of a pod that a file may show, as the API server has them. */
const podFields =
  /^metadata\.(annotations|labels|name|namespace|uid)$|^metadata\.(annotations|labels)\['[^']+'\]$/;

export function downwardFieldIsKnown(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ downwardAPI }, volume) =>
    forEachItem(downwardAPI?.fields, `${volume}.downwardAPI.fields`, (item, field) => [
      ...filePath(item.path, `${field}.path`),
      ...downwardSource(item, field),
    ]),
  );
}

function filePath(path: string, field: string): Cause[] {
  const parts = path.split('/');
  const plain = parts.every((part) => part !== '' && part !== '.' && !part.startsWith('..'));
  if (plain && !path.includes('\0')) return [];
  return [invalid(field, `${field} '${path}' must be a relative path of a file without '..'`)];
}

type DownwardFile = NonNullable<
  NonNullable<NonNullable<SpecContext['spec']['volumes']>[number]['downwardAPI']>['fields']
>[number];

function downwardSource({ fieldRef, resourceFieldRef }: DownwardFile, field: string): Cause[] {
  if (Boolean(fieldRef) === Boolean(resourceFieldRef)) {
    return [invalid(field, `${field} must have exactly one of fieldRef and resourceFieldRef`)];
  }
  if (resourceFieldRef && resourceFieldRef.containerName !== 'compute') {
    const name = `${field}.resourceFieldRef.containerName`;
    return [invalid(name, `${name} must be compute, the container that the guest runs in`)];
  }
  if (!fieldRef || podFields.test(fieldRef.fieldPath)) return [];
  const path = `${field}.fieldRef.fieldPath`;
  return [
    invalid(
      path,
      `${path} '${fieldRef.fieldPath}' is not known; use metadata.name, namespace, uid, labels, annotations, labels['key'] or annotations['key']`,
    ),
  ];
}
