/**
 * What common guests run best with, as data. Names are those of KubeVirt's common preferences, which manifests
 * name. Guests of other architectures than this release's are not here.
 */
import type { PreferenceSpec } from '../../api/types.ts';

export interface GuestKind {
  name: string;
  title: string;
  os: 'linux' | 'windows' | 'legacy';
  /** Least CPUs, and least memory as a quantity. */
  least?: readonly [cpus: number, memory: string];
  spec: PreferenceSpec;
}

/** What of a guest differs from those before it in its list. */
type Part = PreferenceSpec;

/** Later parts win; groups are merged field by field. */
function combine(...parts: readonly Part[]): PreferenceSpec {
  const merged: Record<string, unknown> = {};
  for (const part of parts) {
    for (const [group, value] of Object.entries(part)) {
      const grouped = typeof value === 'object' && !Array.isArray(value);
      merged[group] = grouped ? { ...(merged[group] as object | undefined), ...value } : value;
    }
  }
  return merged;
}

const virtio: Part = {
  devices: { preferredDiskBus: 'virtio', preferredInterfaceModel: 'virtio', preferredRng: {} },
};
const ioThread: Part = { devices: { preferredDiskDedicatedIoThread: true } };
const desktop: Part = {
  devices: {
    preferredAutoattachInputDevice: true,
    preferredInputBus: 'virtio',
    preferredInputType: 'tablet',
  },
};
const efi: Part = { firmware: { preferredEfi: { secureBoot: false } } };
const secureBoot: Part = {
  firmware: { preferredEfi: { secureBoot: true } },
  features: { preferredSmm: {} },
};
const packets: Part = {
  cpu: {
    preferredCPUTopology: 'spread',
    spreadOptions: { across: 'SocketsCoresThreads', ratio: 4 },
  },
  devices: { preferredNetworkInterfaceMultiQueue: true },
};

const linux = (name: string, title: string, least: GuestKind['least'], ...parts: Part[]): GuestKind => ({
  name,
  title,
  os: 'linux',
  ...(least && { least }),
  spec: combine(virtio, ...parts),
});

const linuxes: readonly GuestKind[] = [
  linux('linux', 'Linux', undefined),
  linux('linux.efi', 'Linux with EFI', undefined, efi),
  linux('linux.virtiotransitional', 'Linux with transitional virtio devices', undefined, {
    devices: { preferredUseVirtioTransitional: true },
  }),
  linux('alpine', 'Alpine', [1, '512Mi']),
  linux('cirros', 'CirrOS', [1, '256Mi']),
  linux('debian', 'Debian', [1, '512Mi'], efi),
  linux('ubuntu', 'Ubuntu', [1, '2Gi']),
  linux('fedora', 'Fedora', [1, '2Gi'], secureBoot),
  linux('opensuse.leap', 'openSUSE Leap', [1, '2Gi']),
  linux('opensuse.tumbleweed', 'openSUSE Tumbleweed', [1, '2Gi']),
  linux('sles', 'SUSE Linux Enterprise Server', [1, '2Gi']),
  linux('oraclelinux', 'Oracle Linux', [2, '4Gi'], efi),
  ...['9', '10'].flatMap((version) => [
    linux(`centos.stream${version}`, `CentOS Stream ${version}`, [1, '1.5Gi'], ioThread),
    linux(
      `centos.stream${version}.desktop`,
      `CentOS Stream ${version} (desktop)`,
      [1, '1.5Gi'],
      ioThread,
      desktop,
    ),
  ]),
  linux('centos.stream9.dpdk', 'CentOS Stream 9 (DPDK)', [8, '1.5Gi'], ioThread, packets),
  linux('rhel.7', 'Red Hat Enterprise Linux 7', [1, '1Gi']),
  linux('rhel.7.desktop', 'Red Hat Enterprise Linux 7 (desktop)', [1, '1Gi'], desktop),
  linux('rhel.8', 'Red Hat Enterprise Linux 8', [1, '1.5Gi']),
  linux('rhel.8.desktop', 'Red Hat Enterprise Linux 8 (desktop)', [1, '1.5Gi'], desktop),
  linux('rhel.8.dpdk', 'Red Hat Enterprise Linux 8 (DPDK)', [8, '1.5Gi'], packets),
  linux('rhel.9', 'Red Hat Enterprise Linux 9', [1, '1.5Gi'], ioThread, secureBoot),
  linux(
    'rhel.9.desktop',
    'Red Hat Enterprise Linux 9 (desktop)',
    [1, '1.5Gi'],
    ioThread,
    secureBoot,
    desktop,
  ),
  linux('rhel.9.dpdk', 'Red Hat Enterprise Linux 9 (DPDK)', [8, '1.5Gi'], ioThread, secureBoot, packets),
  linux('rhel.10', 'Red Hat Enterprise Linux 10', [1, '1.5Gi'], ioThread, secureBoot),
];

/** Paravirtualisation that Windows knows, and clocks as it expects them. */
const windows: Part = {
  clock: {
    preferredClockOffset: { utc: {} },
    preferredTimer: {
      hpet: { present: false },
      hyperv: {},
      pit: { tickPolicy: 'delay' },
      rtc: { tickPolicy: 'catchup' },
    },
  },
  cpu: { preferredCPUTopology: 'sockets' },
  features: {
    preferredAcpi: {},
    preferredApic: {},
    preferredHyperv: {
      frequencies: {},
      ipi: {},
      reenlightenment: {},
      relaxed: {},
      reset: {},
      runtime: {},
      spinlocks: { spinlocks: 8191 },
      synic: {},
      synictimer: { direct: {} },
      tlbflush: {},
      vapic: {},
      vpindex: {},
    },
  },
  // Updates are installed on the way down.
  preferredTerminationGracePeriodSeconds: 3600,
};
/** Drivers that every Windows brings. */
const inbox: Part = {
  devices: {
    preferredAutoattachInputDevice: true,
    preferredDiskBus: 'sata',
    preferredInterfaceModel: 'e1000e',
  },
};
const withDrivers: Part = {
  devices: { preferredDiskBus: 'virtio', preferredInterfaceModel: 'virtio', ...desktop.devices },
};
const tpm: Part = { devices: { preferredTPM: {} } };

interface Windows {
  version: string;
  title: string;
  least: readonly [number, string];
  parts: readonly Part[];
}

const versions: readonly Windows[] = [
  { version: '7', title: '7', least: [1, '2Gi'], parts: [] },
  { version: '10', title: '10', least: [1, '2Gi'], parts: [secureBoot] },
  { version: '11', title: '11', least: [2, '4Gi'], parts: [secureBoot, tpm] },
  {
    version: '2k8',
    title: 'Server 2008',
    least: [1, '512Mi'],
    parts: [],
  },
  { version: '2k12', title: 'Server 2012', least: [1, '512Mi'], parts: [] },
  { version: '2k16', title: 'Server 2016', least: [1, '2Gi'], parts: [secureBoot] },
  { version: '2k19', title: 'Server 2019', least: [1, '2Gi'], parts: [secureBoot] },
  { version: '2k22', title: 'Server 2022', least: [1, '2Gi'], parts: [secureBoot, tpm] },
  { version: '2k25', title: 'Server 2025', least: [1, '2Gi'], parts: [secureBoot, tpm] },
];

const windowses: readonly GuestKind[] = versions.flatMap(({ version, title, least, parts }) => [
  {
    name: `windows.${version}`,
    title: `Microsoft Windows ${title}`,
    os: 'windows' as const,
    least,
    spec: combine(windows, ...parts, inbox),
  },
  {
    name: `windows.${version}.virtio`,
    title: `Microsoft Windows ${title} (virtio drivers)`,
    os: 'windows' as const,
    least,
    spec: combine(windows, ...parts, inbox, withDrivers),
  },
]);

export const guests: readonly GuestKind[] = [
  ...linuxes,
  ...windowses,
  {
    name: 'legacy',
    title: 'Guests without virtio drivers',
    os: 'legacy',
    spec: { devices: { preferredDiskBus: 'sata', preferredInterfaceModel: 'e1000' } },
  },
];
