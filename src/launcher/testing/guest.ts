/**
 * The smallest guest that shows what a launcher does to it: Debian's cloud kernel with busybox as its init. It
 * says `guest is up`, answers lines with `heard …`, runs those that begin with `!`, and powers off at the power
 * button. `/bin/agent` acts as QEMU's guest agent, and as a hostile one where `/hostile` says how. Built once into
 * the cache.
 */
import { cacheDirectory } from '../../support/cache-directory.ts';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { cpio } from './cpio.ts';

const run = promisify(execFile);
/** Raise it when what is built changes. */
const version = 9;
const modules = [
  'button',
  'evdev',
  'virtio_ring',
  'virtio',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'virtio_pci',
  'virtio_blk',
  'failover',
  'net_failover',
  'virtio_net',
  'virtio_console',
];

const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
for m in ${modules.join(' ')}; do insmod /lib/$m.ko; done
for e in /dev/input/event*; do (head -c 24 $e >/dev/null; echo "power button"; poweroff -f) & done
for d in /sys/block/vd*; do echo "disk $(basename $d) $(cat $d/size) sectors"; done
echo "guest is up"
while read -r line; do
  case "$line" in
    !*) eval "\${line#!}" ;;
    *) echo "heard $line" ;;
  esac
done
poweroff -f
`;

const commands = `guest-ping guest-get-time guest-info guest-shutdown guest-network-get-interfaces
  guest-get-fsinfo guest-get-host-name guest-get-users guest-get-timezone guest-get-osinfo`.split(/\s+/);
const agentInfo = {
  version: '0.1',
  supported_commands: commands.map((name) => ({ name, enabled: true })),
};

/** As much of the guest agent as libvirt and we ask. */
const agent = `#!/bin/busybox sh
for n in /sys/class/virtio-ports/*/name; do
  grep -q guest_agent $n && port=/dev/$(basename $(dirname $n))
done
exec 3<>$port
state=thawed
say() { echo "$1" >&3; }
fill() { yes "$1" | head -c "$2" | tr -d '\\n' >&3; }
# Says on the console that the port has taken an answer.
sent() { echo "sent $1" >/dev/console; }
# How a guest answers that means no good; what comes behind the word only tells one answer from another.
hostile() {
  case "$1" in
    silent*) ;;
    late*) sleep 8; say '{"return": []}' ;;
    types*) say '{"return": 7}' ;;
    garbage*) head -c 4096 /dev/urandom >&3; echo >&3 ;;
    text*) say 'this is no JSON' ;;
    nested*) fill '[' 100000; echo >&3 ;;
    long*) echo -n '{"return": [' >&3; fill '{"user":"x"},' 1400000; say '{}]}' ;;
    endless*) fill x 1000000; sent "$1"; fill x 19000000; echo >&3; return ;;
    flood*) yes '{"return": []}' | head -n 1000 >&3; sent "$1"; yes '{"return": []}' >&3 ;;
    *) say '{"return": []}' ;;
  esac
  sent "$1"
}
# Refuses a password, and repeats it as it came and as it is, in two lines.
repeat() {
  p=$(echo "$1" | sed 's/.*"password": *"\\([^"]*\\).*/\\1/')
  say "{\\"error\\": {\\"class\\": \\"GenericError\\", \\"desc\\": \\"not $p\\nnor $(echo $p | base64 -d)\\"}}"
  sent "a password"
}
# Nobody at the other end reads as an end.
while :; do read -r line <&3 || { sleep 1; continue; }
  case "$line" in
    *guest-sync*) say "{\\"return\\": $(echo "$line" | sed 's/.*"id": *\\([0-9]*\\).*/\\1/')}" ;;
    *guest-info*) say '${JSON.stringify({ return: agentInfo })}' ;;
    *guest-get-osinfo*) say '{"return": {"name": "busybox", "id": "test", "pretty-name": "Test guest"}}' ;;
    *guest-get-host-name*) say '{"return": {"host-name": "test-guest"}}' ;;
    *guest-get-users*) [ -e /hostile ] && hostile "$(cat /hostile)" || say '{"return": [{"user": "ann", "login-time": 1000.5}]}' ;;
    *guest-set-user-password*) repeat "$line" ;;
    *guest-ping*) say '{"return": {}}' ;;
    *guest-exec-status*) [ -e /ready ]; say "{\\"return\\": {\\"exited\\": true, \\"exitcode\\": $?, \\"out-data\\": \\"aGkK\\"}}" ;;
    *guest-exec*) say '{"return": {"pid": 7}}' ;;
    *guest-get-fsinfo*) say '{"return": [{"name": "rootfs", "mountpoint": "/", "type": "ramfs", "disk": []}]}' ;;
    *guest-get-timezone*) say '{"return": {"zone": "UTC", "offset": 0}}' ;;
    *guest-fsfreeze-status*) say "{\\"return\\": \\"$state\\"}" ;;
    *guest-fsfreeze-freeze*) state=frozen; say '{"return": 1}' ;;
    *guest-fsfreeze-thaw*) state=thawed; say '{"return": 1}' ;;
    *guest-shutdown*) reboot -f ;;
    *) say '{"error": {"class": "CommandNotFound", "desc": "unknown"}}' ;;
  esac
done
`;

export interface TestGuest {
  kernel: string;
  initrd: string;
}

/** Paths of kernel and initrd, readable by everybody. */
export async function testGuest(): Promise<TestGuest> {
  // Not below the cache: an unprivileged launcher cannot enter root's home.
  const folder = join(tmpdir(), `monovirt-test-guest-${version}-${process.getuid?.() ?? 0}`);
  const guest = { kernel: join(folder, 'kernel'), initrd: join(folder, 'initrd') };
  if (!existsSync(folder)) await build(folder);
  return guest;
}

async function build(folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'monovirt-guest-'));
  try {
    const unpacked = await unpackKernel(work);
    const [kernel] = await matches(join(unpacked, 'boot/vmlinuz-*'));
    const found = await matches(join(unpacked, '{usr/,}lib/modules/**/*.ko'));
    const chosen = modules.map((name) => found.find((file) => basename(file) === `${name}.ko`));
    const files = await Promise.all(
      chosen
        .filter((file) => file !== undefined)
        .map(async (file) => ({ name: `lib/${basename(file)}`, mode: 0o100644, data: await readFile(file) })),
    );
    const folders = ['bin', 'dev', 'proc', 'sys', 'lib'].map((name) => ({ name, mode: 0o040755 }));
    const initrd = cpio([
      ...folders,
      { name: 'init', mode: 0o100755, data: Buffer.from(init) },
      { name: 'bin/agent', mode: 0o100755, data: Buffer.from(agent) },
      { name: 'bin/busybox', mode: 0o100755, data: await readFile('/bin/busybox') },
      ...files,
    ]);
    const out = join(work, 'out');
    await mkdir(out, { mode: 0o755 });
    await writeFile(join(out, 'kernel'), await readFile(kernel ?? ''), { mode: 0o644 });
    await writeFile(join(out, 'initrd'), initrd, { mode: 0o644 });
    await rename(out, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function matches(pattern: string): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob(pattern)) found.push(file);
  return found;
}

/** Kernel packages are kept in the cache: they are the only thing that comes over the network. */
async function unpackKernel(work: string): Promise<string> {
  const cache = join(cacheDirectory(), 'test-kernel');
  await mkdir(cache, { recursive: true });
  let [deb] = await matches(join(cache, '*.deb'));
  if (deb === undefined) {
    const { stdout } = await run('apt-cache', ['depends', 'linux-image-cloud-amd64']);
    const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
    if (name === undefined) throw new Error('apt knows no linux-image-cloud-amd64: run apt-get update');
    await run('apt-get', ['download', name], { cwd: cache });
    [deb] = await matches(join(cache, '*.deb'));
  }
  const unpacked = join(work, 'kernel');
  await run('dpkg-deb', ['-x', deb ?? '', unpacked]);
  return unpacked;
}
