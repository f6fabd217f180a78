/** Memory of processes as the kernel counts it. */

export interface Memory {
  /** Bytes. */
  rss: number;
  pss: number;
  private: number;
}

export interface ProcessMemory extends Memory {
  pid: number;
  command: string;
}

/** Shell that prints, for each pid, a line `== pid command` and its `smaps_rollup`. */
export const smapsScript = (pids: readonly number[]): string =>
  `for p in ${pids.join(' ')}; do echo "== $p $(tr '\\0' ' ' < /proc/$p/cmdline | head -c 200)"; ` +
  `cat /proc/$p/smaps_rollup 2>/dev/null || true; done`;

/** Parses what `smapsScript` printed; processes that ended meanwhile are left out. */
export function parseSmaps(text: string): ProcessMemory[] {
  return text.split(/^== /m).flatMap((block) => {
    const header = /^(\d+) (.*)/.exec(block);
    if (header === null || !block.includes('Rss:')) return [];
    const value = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(block)?.[1] ?? 0) * 1024;
    return [
      {
        pid: Number(header[1]),
        command: header[2]?.trim() ?? '',
        rss: value('Rss'),
        pss: value('Pss'),
        private: value('Private_Clean') + value('Private_Dirty'),
      },
    ];
  });
}

/** Sum over processes. RSS counts shared pages once a process, PSS once in all. */
export function total(processes: readonly Memory[]): Memory {
  const sum = (pick: (memory: Memory) => number): number =>
    processes.reduce((left, process) => left + pick(process), 0);
  return { rss: sum((m) => m.rss), pss: sum((m) => m.pss), private: sum((m) => m.private) };
}
