/** Rules on cloud-init volumes. */
import { invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { isDnsSubdomain } from './names.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

/** Larger data goes into a Secret; objects of the API stay small. */
const mostBytes = 2048;

type Source = NonNullable<NonNullable<SpecContext['spec']['volumes']>[number]['cloudInitNoCloud']>;

function forEachSource(context: SpecContext, each: (source: Source, field: string) => Cause[]): Cause[] {
  return forEachItem(context.spec.volumes, `${context.path}.volumes`, (volume, field) =>
    (['cloudInitNoCloud', 'cloudInitConfigDrive'] as const).flatMap((type) => {
      const source = volume[type];
      return source ? each(source, `${field}.${type}`) : [];
    }),
  );
}

/** A reference that names nothing still counts as a choice of the user's. */
const stated = (...values: unknown[]): number =>
  values.filter((value) => value !== undefined && value !== '').length;

const userSources = (source: Source): number =>
  stated(source.userData, source.userDataBase64, source.secretRef);
const networkSources = (source: Source): number =>
  stated(source.networkData, source.networkDataBase64, source.networkDataSecretRef);

export function oneUserDataSource(context: SpecContext): Cause[] {
  return forEachSource(context, (source, field) =>
    userSources(source) > 1
      ? [
          invalid(
            field,
            `${field} must have only one userdatasource set. Keep one of userData, userDataBase64, secretRef`,
          ),
        ]
      : [],
  );
}

export function oneNetworkDataSource(context: SpecContext): Cause[] {
  return forEachSource(context, (source, field) =>
    networkSources(source) > 1
      ? [
          invalid(
            field,
            `${field} must have only one networkdata source set. Keep one of networkData, networkDataBase64, networkDataSecretRef`,
          ),
        ]
      : [],
  );
}

export function someCloudInitData(context: SpecContext): Cause[] {
  return forEachSource(context, (source, field) =>
    userSources(source) + networkSources(source) === 0
      ? [invalid(field, `${field} must have at least one userdatasource or one networkdatasource set.`)]
      : [],
  );
}

export function cloudInitIsBase64(context: SpecContext): Cause[] {
  return forEachSource(context, (source, field) =>
    (['userDataBase64', 'networkDataBase64'] as const)
      .filter((name) => source[name] !== undefined && !isBase64(source[name]))
      .map((name) => invalid(`${field}.${name}`, `${field}.${name} is not a valid base64 value.`)),
  );
}

const isBase64 = (text: string): boolean =>
  /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(text) && text.replaceAll(/[\r\n]/g, '').length % 4 === 0;

export function cloudInitFits(context: SpecContext): Cause[] {
  return forEachSource(context, (source, field) => [
    ...tooLong(field, 'userdata', 'secretRef', source.userData, source.userDataBase64),
    ...tooLong(field, 'networkdata', 'networkDataSecretRef', source.networkData, source.networkDataBase64),
  ]);
}

function tooLong(field: string, what: string, remedy: string, ...texts: (string | undefined)[]): Cause[] {
  const [plain, encoded] = texts;
  const bytes = Math.max(
    Buffer.byteLength(plain ?? ''),
    encoded === undefined ? 0 : Math.floor((encoded.replaceAll(/[\r\n=]/g, '').length * 3) / 4),
  );
  if (bytes <= mostBytes) return [];
  return [
    invalid(
      field,
      `${field} ${what} exceeds ${mostBytes} byte limit. Put larger data into a Secret and name it in ${remedy}`,
    ),
  ];
}

export function cloudInitSecretsAreNamed(context: SpecContext): Cause[] {
  return forEachSource(context, (source, field) =>
    (['secretRef', 'networkDataSecretRef'] as const)
      .filter((name) => source[name] !== undefined && !source[name].name)
      .map((name) =>
        invalid(`${field}.${name}.name`, `${field}.${name}.name is a required field: the name of a Secret`),
      ),
  );
}

export function oneCloudInitVolume(context: SpecContext): Cause[] {
  const indexes = (context.spec.volumes ?? []).flatMap((volume, index) =>
    volume.cloudInitNoCloud || volume.cloudInitConfigDrive ? [index] : [],
  );
  return indexes.slice(1).map((index) => {
    const field = `${context.path}.volumes[${index}]`;
    return invalid(field, `${field} is a second cloud-init volume; a guest reads only one, so merge them`);
  });
}

/** Keys that cloud-init hands to the guest come from secrets that the pod mounts. */
export function sshKeysAreNamed({ spec, path }: SpecContext): Cause[] {
  return forEachItem(spec.accessCredentials, `${path}.accessCredentials`, ({ sshPublicKey }, item) => {
    const { secret } = sshPublicKey?.source ?? {};
    if (!secret || isDnsSubdomain(secret.secretName)) return [];
    const field = `${item}.sshPublicKey.source.secret.secretName`;
    return [required(field, `${field} '${secret.secretName}' must be the name of a Secret with public keys`)];
  });
}
