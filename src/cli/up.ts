/** `monovirt up`: from a bare machine to a VM at its login prompt. Each step may be repeated. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buildImages } from '../image/build.ts';
import { up as bringUpCluster } from '../localcluster/commands.ts';
import { run } from '../localcluster/exec.ts';
import type { ClusterHandle } from '../localcluster/handle.ts';
import { ctr } from '../localcluster/images.ts';
import { createProgress } from '../localcluster/progress.ts';
import type { Progress, Step } from '../localcluster/progress.ts';
import { MonovirtError } from '../support/errors.ts';
import { awaitLogin } from './await-login.ts';
import { awaitAgents, awaitDeployed, awaitRunning } from './await-status.ts';
import { openSession } from './session.ts';

/** The checkout: manifests and image sources are read from it. */
const root = join(import.meta.dirname, '..', '..');
/** The image reference that the manifests in `config/` carry. */
const manifestImage = /docker\.io\/monovirt\/monovirt:[\w.-]+/g;
const controller = ['deployment/virt-controller', '--namespace', 'kubevirt'];
const sample = { namespace: 'default', name: 'sample' } as const;

/**
 * Brings everything up.
 * @throws MonovirtError with the reason of the step that failed; running it again goes on from there.
 */
export async function up(options: { nodes: number }, signal: AbortSignal): Promise<void> {
  const cluster = await bringUpCluster({ nodes: options.nodes }, signal);
  const progress = createProgress(process.stdout);
  const image = await images(cluster, progress, signal);
  await progress.step('monovirt', (step) => install(cluster, image, step, signal));
  const session = await openSession({ kubeconfig: cluster.kubeconfig });
  try {
    await progress.step('node agents', async (step) => {
      await awaitAgents(session, image, step, signal);
      await awaitDeployed(session, step, signal);
    });
    await progress.step('sample VM', async (step) => {
      await kubectlApply(cluster, ['-f', join(root, 'config/samples/vm.yaml')], signal);
      await awaitRunning(session, sample, step, signal);
    });
    await progress.step('login prompt', () => awaitLogin(session, sample, signal));
  } finally {
    await session.close();
  }
  farewell(cluster, progress);
}

/**
 * Builds the images and puts them into every node.
 * @returns the reference of monovirt's image. It carries the digest, so that pods are replaced when, and only
 * when, the image has changed.
 */
async function images(cluster: ClusterHandle, progress: Progress, signal: AbortSignal): Promise<string> {
  const built = await progress.step('images', (step) => {
    const { cacheDir } = cluster.config;
    return buildImages({ root, cacheDir, signal, progress: (remark) => step.note(remark) });
  });
  await progress.step('images into the nodes', async (step) => {
    const imported = await Promise.all(built.map(({ file }) => cluster.importImage(file, signal)));
    step.note(imported.includes(true) ? 'imported' : 'all there');
  });
  const monovirt = built.find(({ name }) => name.includes('/monovirt:'));
  if (monovirt === undefined) throw new MonovirtError('NoImage', 'no image of monovirt was built', 'never');
  const reference = `${monovirt.name}-${monovirt.digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
  const tag = [...ctr, 'tag', '--force', monovirt.name, reference];
  await Promise.all(cluster.nodes.map((node) => cluster.exec(node, tag, { signal })));
  return reference;
}

async function install(
  cluster: ClusterHandle,
  image: string,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const rendered = await kubectl(cluster, ['kustomize', join(root, 'config/default')], signal);
  step.note(image);
  const manifests = rendered.replace(manifestImage, image);
  await kubectlApply(cluster, ['-f', '-'], signal, manifests);
  await kubectl(cluster, ['rollout', 'status', ...controller, '--timeout=120s'], signal);
  const custom = await readFile(join(root, 'config/samples/kubevirt.yaml'), 'utf8');
  await kubectlApply(cluster, ['-f', '-'], signal, custom);
}

const kubectlApply = (
  cluster: ClusterHandle,
  args: string[],
  signal: AbortSignal,
  input?: string,
): Promise<string> =>
  kubectl(cluster, ['apply', '--server-side', '--force-conflicts', ...args], signal, input);

/** @throws MonovirtError `CommandFailed` with kubectl's own words. */
const kubectl = (
  cluster: ClusterHandle,
  args: readonly string[],
  signal: AbortSignal,
  input?: string,
): Promise<string> =>
  run([cluster.kubectl, '--kubeconfig', cluster.kubeconfig, ...args], {
    signal,
    ...(input === undefined ? {} : { input }),
  });

function farewell(cluster: ClusterHandle, progress: Progress): void {
  progress.say('');
  progress.say(`VM ${sample.name} is at its login prompt (user root, no password). Open its console:`);
  progress.say('');
  // The runtime that came with the checkout: the machine's own may be too old.
  const node = relative(process.cwd(), process.execPath);
  progress.say(`  ${node} src/main.ts vm console ${sample.name} --kubeconfig ${cluster.kubeconfig}`);
  progress.say('');
  progress.say(`kubectl: export KUBECONFIG=${cluster.kubeconfig}; the escape sequence is Ctrl+]`);
}
