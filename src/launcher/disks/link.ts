/** Names that stay while what is behind them changes. */
import { rename, rm, symlink } from 'node:fs/promises';

/** Points a stable name at what has another path in every pod; whole at every moment. */
export async function replaceLink(link: string, target: string): Promise<void> {
  const partial = `${link}.partial`;
  await rm(partial, { force: true });
  await symlink(target, partial);
  await rename(partial, link);
}
