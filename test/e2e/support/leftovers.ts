/** What guests may leave behind on a node: asked before and after, the difference must be nothing. */
import { eventually } from './eventually.ts';
import { nodeRun } from './node.ts';

/** Each line of their output is a thing of that kind. */
const kinds: Readonly<Record<string, string>> = {
  mounts: `cut -d ' ' -f 5 /proc/self/mountinfo`,
  links: `ip -o link | sed 's/^[0-9]*: *//; s/[@:].*//'`,
  'network namespaces': 'ls /var/run/netns 2>/dev/null',
  rules: `nft list ruleset 2>/dev/null | sed 's/counter packets [0-9]* bytes [0-9]*//; s/^[[:space:]]*//'`,
  'loop devices': 'cat /sys/block/loop*/loop/backing_file 2>/dev/null',
  'pods of the kubelet': 'ls /var/lib/kubelet/pods',
  'files of the node agent': 'find /var/lib/monovirt /run/monovirt ! -path "*/cache/*" 2>/dev/null',
  processes: `for d in /proc/[0-9]*; do tr '\\0' ' ' <$d/cmdline 2>/dev/null | grep -oE '^[^ ]*(qemu-system-[^ ]*|libvirtd|virtiofsd|passt|swtpm|hold) .*(guest=[^,]*|--[a-z-]*path=.*)?' | cut -c -200; done; true`,
};

export type Belongings = ReadonlyMap<string, readonly string[]>;

/** What is there on a node now. */
export async function belongings(node: string): Promise<Belongings> {
  const found = new Map<string, readonly string[]>();
  for (const [kind, script] of Object.entries(kinds)) {
    const output = await nodeRun(node, `${script}; true`);
    found.set(kind, output.split('\n').filter(Boolean).toSorted());
  }
  return found;
}

/** Waits until a node has nothing that it did not have before. */
export async function untilAsBefore(node: string, before: Belongings, timeoutMs = 60_000): Promise<void> {
  await eventually(
    `${node} has nothing new`,
    async () => {
      const left = [...(await belongings(node))].flatMap(([kind, things]) =>
        added(before.get(kind) ?? [], things).map((thing) => `${kind}: ${thing}`),
      );
      if (left.length > 0) throw new Error(left.join('\n'));
      return true;
    },
    timeoutMs,
  );
}

/** What is in `now` more often than in `before`. */
function added(before: readonly string[], now: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const thing of before) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return now.filter((thing) => {
    const left = counts.get(thing) ?? 0;
    counts.set(thing, left - 1);
    return left <= 0;
  });
}
