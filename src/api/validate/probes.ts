/** Rules on how a guest's health is found out. */
import type { VmiSpecManifest } from '../manifests.ts';
import { invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

const probes = ['livenessProbe', 'readinessProbe'] as const;
const handlers = ['exec', 'guestAgentPing', 'httpGet', 'tcpSocket'] as const;

type Probe = NonNullable<VmiSpecManifest['livenessProbe']>;

function forEachProbe({ spec, path }: SpecContext, each: (probe: Probe, field: string) => Cause[]): Cause[] {
  return probes.flatMap((name) => (spec[name] ? each(spec[name], `${path}.${name}`) : []));
}

export function probeHasOneHandler(context: SpecContext): Cause[] {
  return forEachProbe(context, (probe, field) => {
    const count = handlers.filter((handler) => probe[handler]).length;
    if (count === 1) return [];
    if (count > 1) return [invalid(field, `${field} must have exactly one probe type set`)];
    return [
      required(
        field,
        `either ${field}.tcpSocket, ${field}.exec or ${field}.httpGet must be set if a ${field} is specified`,
      ),
    ];
  });
}

export function networkProbeHasPodNetwork(context: SpecContext): Cause[] {
  const connected = context.spec.networks?.some((network) => network.pod);
  return forEachProbe(context, (probe, field) =>
    (['httpGet', 'tcpSocket'] as const)
      .filter((handler) => probe[handler] && !connected)
      .map((handler) =>
        invalid(`${field}.${handler}`, `${field}.${handler} is only allowed if the Pod Network is attached`),
      ),
  );
}

/** Longest command in the guest with its arguments, in bytes: it is part of an argument of a process in the pod. */
const maxCommandBytes = 16 * 1024;

export function execProbeHasCommand(context: SpecContext): Cause[] {
  return forEachProbe(context, ({ exec }, field) => {
    if (!exec || exec.command?.[0]) return [];
    const command = `${field}.exec.command`;
    return [
      required(command, `${command} is empty: name a program of the guest by its path, then its arguments`),
    ];
  });
}

export function execProbeCommandIsBounded(context: SpecContext): Cause[] {
  return forEachProbe(context, ({ exec }, field) => {
    const bytes = Buffer.byteLength(exec?.command?.join(' ') ?? '');
    if (bytes <= maxCommandBytes && !exec?.command?.some((part) => part.includes('\0'))) return [];
    const command = `${field}.exec.command`;
    return [
      invalid(
        command,
        `${command} has ${bytes} bytes: at most ${maxCommandBytes}, none of them 0, are handed to the guest; put a script into the guest and name that`,
      ),
    ];
  });
}

const numbers = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

export function probeNumbersAreNotNegative(context: SpecContext): Cause[] {
  return forEachProbe(context, (probe, field) =>
    numbers
      .filter((name) => (probe[name] ?? 0) < 0)
      .map((name) => invalid(`${field}.${name}`, `${field}.${name} '${probe[name]}': must not be negative`)),
  );
}

/** Kubernetes restarts at the first success after a failure, so there is nothing to count. */
export function livenessSucceedsOnce({ spec, path }: SpecContext): Cause[] {
  if ((spec.livenessProbe?.successThreshold ?? 1) <= 1) return [];
  const field = `${path}.livenessProbe.successThreshold`;
  return [invalid(field, `${field} '${spec.livenessProbe?.successThreshold}': must be 1`)];
}

export function probePortIsAPort(context: SpecContext): Cause[] {
  return forEachProbe(context, (probe, field) =>
    (['httpGet', 'tcpSocket'] as const)
      .filter((handler) => probe[handler] && !isPort(portOf(probe[handler])))
      .map((handler) =>
        invalid(
          `${field}.${handler}.port`,
          `${field}.${handler}.port '${String(portOf(probe[handler]))}' is neither a number from 1 to 65535 nor the name of a port`,
        ),
      ),
  );
}

/** The generated types lack the field, which the schema has. */
const portOf = (handler: object | undefined): unknown =>
  handler && 'port' in handler ? handler.port : undefined;

const isPort = (port: unknown): boolean =>
  typeof port === 'number'
    ? Number.isInteger(port) && port >= 1 && port <= 65_535
    : typeof port === 'string' && /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/.test(port);
