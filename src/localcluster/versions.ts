/** The releases a local cluster is made of. Binaries are cached under these versions. */

export const kubernetesVersion = 'v1.34.4';
/** Every k8s.io staging module of a Kubernetes release v1.X.Y is published as v0.X.Y. */
export const stagingVersion = kubernetesVersion.replace(/^v1\./, 'v0.');
export const corednsVersion = 'v1.12.1';
export const localPathVersion = 'v0.0.30';
export const policiesVersion = 'v0.8.0';
export const multusVersion = 'v4.1.4';
/** The oldest Go release that builds the versions above. */
export const goMinimum = { major: 1, minor: 24 } as const;
