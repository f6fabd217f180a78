/** Names of our images. Fully qualified, because a bare name is looked for on the internet. */

const repository = 'docker.io/monovirt';

/** Version of the test guests; they change apart from monovirt. */
export const guestVersion = '0.1.0';

export const imageKinds = ['monovirt', 'pause', 'guest', 'guest-disk', 'toolbox'] as const;
export type ImageKind = (typeof imageKinds)[number];

/**
 * The name of an image.
 * @param version monovirt's version, from package.json.
 */
export function imageName(kind: ImageKind, version: string): string {
  const ours = kind === 'monovirt' || kind === 'pause';
  return `${repository}/${kind}:${ours ? version : guestVersion}`;
}
