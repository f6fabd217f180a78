/** Every path a launcher uses, derived from four folders so that a test can move them. */
import { join } from 'node:path';
import { layout } from './layout.ts';

export interface Folders {
  socketDir: string;
  privateDir: string;
  ephemeralDir: string;
  containerDiskDir: string;
  virtiofsDir: string;
  configDir: string;
  keysDir: string;
  claimDir: string;
  blockDir: string;
  /** Offered by the node agent; below it is what libvirt has probed on this node. May be absent. */
  cacheDir: string;
}

export const podFolders: Folders = {
  socketDir: layout.socketDir,
  privateDir: layout.privateDir,
  ephemeralDir: layout.ephemeralDir,
  containerDiskDir: layout.containerDiskDir,
  virtiofsDir: layout.virtiofsDir,
  configDir: layout.configDir,
  keysDir: layout.keysDir,
  claimDir: layout.claimDir,
  blockDir: layout.blockDir,
  cacheDir: layout.cacheDir,
};

export interface Paths extends Folders {
  /** The agent's socket. */
  socket: string;
  /** libvirtd's world; short names, for libvirt makes socket paths of at most 107 bytes below them. */
  home: string;
  configHome: string;
  cacheHome: string;
  dataHome: string;
  runtimeDir: string;
  libvirtSocketDir: string;
  /** Stable names of disks and boot files; what the domain XML names. */
  diskDir: string;
  cloudInitDir: string;
  serialSocket: string;
  vncSocket: string;
  agentSocket: string;
  /** passt's, where a guest is connected by it. */
  passtSocket: string;
  /** The guest's own copy of UEFI's variables; gone with the pod. */
  nvram: string;
}

/** Lays the launcher's paths out below `folders`. */
export function pathsIn(folders: Folders = podFolders): Paths {
  const { privateDir, socketDir } = folders;
  const runtimeDir = join(privateDir, 'run');
  return {
    ...folders,
    socket: join(socketDir, layout.socketName),
    home: join(privateDir, 'home'),
    configHome: join(privateDir, 'etc'),
    cacheHome: join(privateDir, 'cache'),
    dataHome: join(privateDir, 'share'),
    runtimeDir,
    libvirtSocketDir: join(runtimeDir, 'libvirt'),
    diskDir: join(privateDir, 'disks'),
    cloudInitDir: join(privateDir, 'cloud-init'),
    serialSocket: join(privateDir, 'serial0.sock'),
    vncSocket: join(privateDir, 'vnc.sock'),
    agentSocket: join(privateDir, 'agent.sock'),
    passtSocket: join(privateDir, 'passt.sock'),
    nvram: join(privateDir, 'nvram.fd'),
  };
}
