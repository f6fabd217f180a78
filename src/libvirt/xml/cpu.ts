/** Processors: how many, arranged how, of which model. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { topologyOf } from './cpu-topology.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { guestNuma } from './numa.ts';

type Cpu = NonNullable<Vmi['spec']['domain']['cpu']>;

/** `<vcpu>` and `<cpu>`. */
export function cpuElements(vmi: Vmi, context: DomainContext): Element[] {
  const cpu = vmi.spec.domain.cpu ?? {};
  const { sockets, cores, threads } = topologyOf(vmi.spec);
  const features = (cpu.features ?? []).map(({ name, policy }) =>
    el('feature', { name, policy: policy || 'require' }),
  );
  const { mode, model } = cpuModel(cpu, context);
  return [
    el('vcpu', { placement: 'static' }, String(sockets * cores * threads)),
    el(
      'cpu',
      { mode, match: model === undefined ? undefined : 'exact' },
      model === undefined ? undefined : el('model', {}, model),
      el('topology', { sockets, cores, threads }),
      ...features,
      withoutMpx(cpu, model),
      guestNuma(vmi, context),
    ),
  ];
}

function cpuModel(cpu: Cpu, { emulation, architecture }: DomainContext): { mode: string; model?: string } {
  const model = cpu.model || (architecture === 'arm64' ? 'host-passthrough' : 'host-model');
  if (model === 'host-model') return { mode: model };
  // Nothing can be passed through by a translator; all it knows comes closest.
  if (model === 'host-passthrough') return { mode: emulation ? 'maximum' : model };
  return { mode: 'custom', model };
}

/** Processors have dropped this feature, but libvirt's named models still demand it. */
function withoutMpx(cpu: Cpu, model: string | undefined): Element | undefined {
  const said = cpu.features?.some(({ name }) => name === 'mpx') === true;
  return model === undefined || said ? undefined : el('feature', { name: 'mpx', policy: 'disable' });
}
