/** Configuration files of a libvirtd that runs unprivileged, in session mode, for one domain. Pure. */

export interface DaemonConfig {
  /** Folder for `libvirt-sock`, which `sessionUri` names. Must exist, be ours, and its path stay below 90 bytes. */
  socketDir: string;
  /** `$XDG_CONFIG_HOME` of libvirtd: it reads `libvirt/qemu.conf` there when it is unprivileged. */
  configHome: string;
}

/** Path → contents of the files to write before libvirtd starts with `--config <libvirtdConf>`. */
export interface DaemonFiles {
  libvirtdConf: { path: string; text: string };
  qemuConf: { path: string; text: string };
}

/**
 * Says what libvirtd needs, started as
 * `libvirtd --config <libvirtdConf.path>` with `XDG_CONFIG_HOME`, `XDG_RUNTIME_DIR`, `XDG_CACHE_HOME`,
 * `XDG_DATA_HOME` and `HOME` set to folders of its own user. Root cannot run it so: libvirtd takes the
 * privileged mode from its user id alone.
 */
export function daemonFiles(config: DaemonConfig): DaemonFiles {
  return {
    libvirtdConf: {
      path: `${config.configHome}/libvirt/libvirtd.conf`,
      text: libvirtdConf(config.socketDir),
    },
    qemuConf: { path: `${config.configHome}/libvirt/qemu.conf`, text: qemuConf() },
  };
}

/** Path of the socket that a libvirtd with these files listens on. */
export function socketPath(socketDir: string): string {
  return `${socketDir}/libvirt-sock`;
}

/**
 * URI to open. Naming the transport keeps the client library from starting a daemon of its own when ours is
 * not there yet.
 */
export function sessionUri(socketDir: string): string {
  return `qemu+unix:///session?socket=${encodeURIComponent(socketPath(socketDir))}`;
}

function libvirtdConf(socketDir: string): string {
  return lines({
    unix_sock_dir: socketDir,
    auth_unix_rw: 'none',
    auth_unix_ro: 'none',
    // One client with a few connections: every worker beyond these costs a stack.
    min_workers: 2,
    max_workers: 8,
    prio_workers: 2,
    max_clients: 20,
    max_client_requests: 8,
    admin_min_workers: 1,
    admin_max_workers: 1,
    // Client and daemon share a pod: the socket closes when either dies.
    keepalive_interval: -1,
    log_level: 3,
    log_outputs: '3:stderr',
  });
}

function qemuConf(): string {
  return lines({
    // Files instead of virtlogd: one process less in every pod.
    stdio_handler: 'file',
    // The pod is the boundary. Nothing of these can work without privileges.
    security_driver: 'none',
    security_default_confined: 0,
    security_require_confined: 0,
    namespaces: [],
    cgroup_controllers: [],
    dynamic_ownership: 0,
    remember_owner: 0,
    // QEMU's own seccomp filter needs no privilege and stays on.
    seccomp_sandbox: 1,
    // Say what is true of the process list: the VM's name, not the binary's.
    set_process_name: 0,
    max_core: 0,
    dump_guest_core: 0,
    vnc_listen: '127.0.0.1',
    vnc_auto_unix_socket: 0,
    vnc_tls: 0,
    spice_tls: 0,
    auto_start_bypass_cache: 0,
  });
}

function lines(settings: Record<string, string | number | string[]>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${typeof value === 'string' ? quote(value) : list(value)}\n`)
    .join('');
}

function list(value: number | string[]): string {
  return typeof value === 'number' ? String(value) : `[ ${value.map(quote).join(', ')} ]`;
}

/** libvirt's syntax knows no escape, so a quote or a line break cannot be said. */
function quote(value: string): string {
  if (/["\n\r]/.test(value))
    throw new RangeError(`libvirt cannot express ${JSON.stringify(value)} in a configuration file`);
  return `"${value}"`;
}
