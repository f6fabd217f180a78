/** Names of our images. Fully qualified, because a bare name is looked for on the internet. */

const repository = 'docker.io/monovirt';

/** Version of the test guests and their tools; they change apart from monovirt. */
export const guestVersion = '0.2.0';

/** What a local cluster is given. */
export const imageKinds = ['monovirt', 'pause', 'guest', 'guest-disk', 'toolbox'] as const;
/** What only some tests need; built when one asks for it. */
export const rareImageKinds = ['guest-pc', 'debian'] as const;
export type ImageKind = (typeof imageKinds)[number] | (typeof rareImageKinds)[number];
export type TestImageKind = Exclude<ImageKind, 'monovirt' | 'pause'>;

/**
 * The name of an image.
 * @param version monovirt's version, from package.json.
 */
export function imageName(kind: ImageKind, version: string): string {
  return kind === 'monovirt' || kind === 'pause' ? `${repository}/${kind}:${version}` : testImageName(kind);
}

/** The name of an image of a test guest or its tools. */
export const testImageName = (kind: TestImageKind): string => `${repository}/${kind}:${guestVersion}`;
