/** Makes sure that a bare machine has what the tests need: Debian packages and the Kubernetes programs. */
import { ensureKubernetes } from '../src/localcluster/binaries.ts';
import { resolveConfig } from '../src/localcluster/config.ts';
import { ensurePackages } from '../src/localcluster/packages.ts';
import { createProgress } from '../src/localcluster/progress.ts';
import { installSignals } from '../src/support/signals.ts';

/** Package by a file that tells whether it is there: a real libvirt and QEMU for the tests of the binding. */
const forTests = {
  'libvirt-daemon': 'libvirtd',
  'libvirt-daemon-driver-qemu': '/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so',
  'libvirt-clients': 'virsh',
  'libxml2-utils': 'xmllint',
  'qemu-system-x86': 'qemu-system-x86_64',
  'swtpm-tools': 'swtpm_setup',
  ovmf: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  'qemu-utils': 'qemu-img',
  genisoimage: 'genisoimage',
  nftables: 'nft',
  cpio: 'cpio',
};

const signal = installSignals();
const progress = createProgress(process.stdout);
await progress.step('packages', (step) => ensurePackages(step, signal, forTests));
const config = resolveConfig({}, process.env);
await progress.step('Kubernetes programs', (step) => ensureKubernetes(config, step, signal));
