/** What sidecars may change of a VM before it starts. Loaded only in pods that have any. */
import type { Vmi } from '../../api/types.ts';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import { decodeDefineDomain, encodeDefineDomain } from './messages.ts';
import { ask, failed, findSidecars, subscribers } from './sidecars.ts';
import type { Sidecar, SidecarsOptions } from './sidecars.ts';

/** Longest domain that is taken from a sidecar, in characters; ours have some ten thousand. */
const maxDomain = 1024 * 1024;

/** The sidecars of a pod. Those that answered once are remembered. */
export class Hooks {
  readonly #options: SidecarsOptions;
  #found: Promise<Sidecar[]> | undefined;

  constructor(options: SidecarsOptions) {
    this.#options = options;
  }

  /**
   * Lets every sidecar change the domain, one after the other.
   * @throws MonovirtError `SidecarNotReady`, `SidecarUnsupported`, `SidecarFailed`.
   */
  async onDefineDomain(domainXml: string, vmi: Vmi, signal: AbortSignal): Promise<string> {
    const vmiJson = JSON.stringify(vmi);
    const { callTimeoutMs, log } = this.#options;
    let xml = domainXml;
    const sidecars = await this.#sidecars(signal);
    refuseCloudInit(sidecars, vmi);
    for (const sidecar of subscribers(sidecars, 'OnDefineDomain')) {
      const answer = await ask(sidecar, 'OnDefineDomain', encodeDefineDomain(xml, vmiJson), {
        callTimeoutMs,
        signal,
      });
      xml = domainOf(sidecar, answer);
      log.info('hook sidecar has seen the domain', { container: sidecar.container });
    }
    return xml;
  }

  /** Tells those that want to know that the VM is gone; what they answer changes nothing. */
  async shutdown(timeoutMs: number): Promise<void> {
    const sidecars = (await this.#found?.catch(() => [])) ?? [];
    const told = subscribers(sidecars, 'Shutdown').map((sidecar) =>
      ask(sidecar, 'Shutdown', Buffer.alloc(0), {
        callTimeoutMs: timeoutMs,
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        this.#options.log.warn('a hook sidecar was not told of the end', { error: messageOf(error) });
      }),
    );
    await Promise.all(told);
  }

  async #sidecars(signal: AbortSignal): Promise<Sidecar[]> {
    this.#found ??= findSidecars(this.#options, signal);
    try {
      return await this.#found;
    } catch (error) {
      this.#found = undefined;
      throw error;
    }
  }
}

function domainOf(sidecar: Sidecar, answer: Buffer): string {
  try {
    const xml = decodeDefineDomain(answer);
    if (xml.length > maxDomain)
      throw new MonovirtError('MessageTooLarge', `the domain has ${xml.length} characters`);
    return xml;
  } catch (error) {
    throw failed(sidecar, 'OnDefineDomain', error);
  }
}

/** Disks are made while sidecars start, so nobody can be asked about what is on them. */
function refuseCloudInit(sidecars: readonly Sidecar[], { spec }: Vmi): void {
  const seeded = spec.volumes?.some((volume) => volume.cloudInitNoCloud ?? volume.cloudInitConfigDrive);
  if (seeded !== true) return;
  const [first] = subscribers(sidecars, 'PreCloudInitIso');
  if (first === undefined) return;
  throw new MonovirtError(
    'SidecarUnsupported',
    `hook sidecar ${first.container} (${first.name}) wants to change cloud-init data (PreCloudInitIso), which this release does not let it; put the data into a Secret and name it with userDataSecretRef`,
    'never',
  );
}
