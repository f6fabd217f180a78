/**
 * The sidecar of the tests' network binding plug-in, as somebody else would write it: it gives the guest's computer a
 * mark that can be read from inside, and fails for a VMI that asks for it.
 */
import { serveSidecar } from '../../../src/launcher/hooks/testing/sidecar.ts';

/** Annotation of a VMI: why its domain is to be refused. */
const refuse = 'test.monovirt.io/refuse';

interface Shown {
  metadata: { name: string; annotations?: Record<string, string> };
}

const plugin = process.env['NETWORK_BINDING_PLUGIN_NAME'] ?? '';
const server = await serveSidecar('/var/run/kubevirt-hooks', {
  name: 'marker',
  points: { OnDefineDomain: 1, Shutdown: 0 },
  change: (domainXml, vmi) => {
    const { metadata } = JSON.parse(vmi) as Shown;
    const why = metadata.annotations?.[refuse];
    if (why !== undefined) throw new Error(why);
    const mark = `<oemStrings><entry>${plugin}:${metadata.name}</entry></oemStrings>`;
    return domainXml.replace('</sysinfo>', `${mark}</sysinfo>`);
  },
  shutdown: () => {
    console.log('told of the end');
    void server.close();
  },
});
process.on('SIGTERM', () => void server.close());
console.log('serves');
