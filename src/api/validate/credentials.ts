/** Rules on how keys and passwords reach a guest. */
import type { VmiSpecManifest } from '../manifests.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import { isDnsSubdomain } from './names.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

const at = ({ path }: SpecContext): string => `${path}.accessCredentials`;

type Credential = NonNullable<VmiSpecManifest['accessCredentials']>[number];
const types = ['sshPublicKey', 'userPassword'] as const;

/** What is set of an object whose fields exclude each other. */
const chosen = (choices: object | undefined): number =>
  Object.values(choices ?? {}).filter((choice) => choice !== undefined && choice !== null).length;

/** Each type that is set, with its path. */
function forEachType(
  context: SpecContext,
  each: (given: NonNullable<Credential[(typeof types)[number]]>, field: string) => Cause[],
): Cause[] {
  return forEachItem(context.spec.accessCredentials, at(context), (credential, field) =>
    types.flatMap((type) => (credential[type] ? each(credential[type], `${field}.${type}`) : [])),
  );
}

export function credentialHasOneType(context: SpecContext): Cause[] {
  return forEachItem(context.spec.accessCredentials, at(context), (credential, field) =>
    types.filter((type) => credential[type]).length === 1
      ? []
      : [
          invalid(
            field,
            `${field} must have exactly one access credential type set: sshPublicKey or userPassword`,
          ),
        ],
  );
}

export function credentialHasOneSource(context: SpecContext): Cause[] {
  return forEachType(context, ({ source }, field) =>
    chosen(source) === 1
      ? []
      : [invalid(`${field}.source`, `${field} must have exactly one source set; name a secret`)],
  );
}

export function credentialHasOneMethod(context: SpecContext): Cause[] {
  return forEachType(context, ({ propagationMethod }, field) =>
    chosen(propagationMethod) === 1
      ? []
      : [invalid(`${field}.propagationMethod`, `${field} must have exactly one propagationMethod set`)],
  );
}

const drives = { noCloud: 'cloudInitNoCloud', configDrive: 'cloudInitConfigDrive' } as const;

export function credentialHasItsVolume(context: SpecContext): Cause[] {
  const driveless = (['noCloud', 'configDrive'] as const).filter(
    (method) => !context.spec.volumes?.some((volume) => volume[drives[method]]),
  );
  return forEachItem(context.spec.accessCredentials, at(context), ({ sshPublicKey }, item) =>
    driveless
      .filter((method) => sshPublicKey?.propagationMethod?.[method])
      .map((method) =>
        invalid(
          `${item}.sshPublicKey.propagationMethod`,
          `${item} requires a ${method} volume to exist when the ${method} propagationMethod is in use.`,
        ),
      ),
  );
}

export function agentCredentialNamesUsers(context: SpecContext): Cause[] {
  return forEachItem(context.spec.accessCredentials, at(context), ({ sshPublicKey }, item) => {
    const agent = sshPublicKey?.propagationMethod?.qemuGuestAgent;
    if (!agent || agent.users?.length) return [];
    const field = `${item}.sshPublicKey.propagationMethod.qemuGuestAgent.users`;
    return [
      invalid(
        field,
        `${item} requires at least one user to be present in the users list; add one to ${field}`,
      ),
    ];
  });
}

/** Longest name of a user, in bytes; Linux allows 32, Windows more with a domain. */
const maxUserBytes = 256;
// eslint-disable-next-line no-control-regex
const userName = /^[^\u0000-\u001f\u007f:/]+$/;

export function agentCredentialUsersAreNames(context: SpecContext): Cause[] {
  return forEachItem(context.spec.accessCredentials, at(context), ({ sshPublicKey }, item) =>
    forEachItem(
      sshPublicKey?.propagationMethod?.qemuGuestAgent?.users,
      `${item}.sshPublicKey.propagationMethod.qemuGuestAgent.users`,
      (user, field) =>
        userName.test(user) && Buffer.byteLength(user) <= maxUserBytes
          ? []
          : [
              invalid(
                field,
                `${field} ${JSON.stringify(user.slice(0, 64))} is no name of a user of the guest`,
              ),
            ],
    ),
  );
}

/** KubeVirt leaves it to the pod, which then never starts. */
export function credentialSecretIsAName(context: SpecContext): Cause[] {
  return forEachType(context, ({ source }, field) => {
    const name = source?.secret?.secretName;
    if (!source?.secret || (name && isDnsSubdomain(name))) return [];
    const path = `${field}.source.secret.secretName`;
    return [invalid(path, `${path} ${JSON.stringify(name ?? '')} is no name of a Secret`)];
  });
}
