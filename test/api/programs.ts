/** The Kubernetes programs that the local cluster runs, for tests that start or call one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resolveConfig } from '../../src/localcluster/config.ts';

/**
 * Path of a program such as `kube-apiserver` or `kubectl`.
 * @param fallback what PATH may offer instead.
 * @throws Error that says what makes it.
 */
export function kubernetesProgram(name: string, fallback?: string): string {
  const path = join(resolveConfig({}, process.env).kubernetesBin, name);
  if (existsSync(path)) return path;
  if (fallback !== undefined) return fallback;
  throw new Error(`${name} is not at ${path}: node hack/prepare.ts makes it`);
}
