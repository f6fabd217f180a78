/**
 * Who asks. The aggregation layer authenticates the user and hands the name on in headers, which count only
 * on a connection with a client certificate that the cluster's request-header CA signed.
 */
import * as v from 'valibot';
import { MonovirtError } from '../support/errors.ts';

/** ConfigMap of kube-system in which the API server says how it will call us. */
export const authenticationConfigMap = {
  namespace: 'kube-system',
  name: 'extension-apiserver-authentication',
} as const;

export interface RequestHeaderConfig {
  /** PEM bundle that signs the aggregator's client certificate. */
  clientCa: string;
  /** Common names that may be trusted; empty means any that the CA signed. */
  allowedNames: readonly string[];
  usernameHeaders: readonly string[];
  groupHeaders: readonly string[];
  uidHeaders: readonly string[];
  extraHeaderPrefixes: readonly string[];
}

type Headers = Readonly<NodeJS.Dict<string[]>>;

export interface User {
  name: string;
  /** API servers tell it since Kubernetes 1.33. */
  uid?: string;
  groups: readonly string[];
  extra: Readonly<Record<string, readonly string[]>>;
}

const configMapSchema = v.object({
  data: v.object({
    'requestheader-client-ca-file': v.string(),
    'requestheader-allowed-names': v.optional(v.string(), '[]'),
    'requestheader-username-headers': v.optional(v.string(), '["X-Remote-User"]'),
    'requestheader-group-headers': v.optional(v.string(), '["X-Remote-Group"]'),
    'requestheader-uid-headers': v.optional(v.string(), '["X-Remote-Uid"]'),
    'requestheader-extra-headers-prefix': v.optional(v.string(), '["X-Remote-Extra-"]'),
  }),
});

/**
 * Reads the API server's published configuration.
 * @throws MonovirtError AggregationNotConfigured when the cluster was started without an aggregation layer.
 */
export function parseRequestHeaderConfig(configMap: unknown): RequestHeaderConfig {
  const parsed = v.safeParse(configMapSchema, configMap);
  if (!parsed.success) {
    throw new MonovirtError(
      'AggregationNotConfigured',
      `ConfigMap ${authenticationConfigMap.namespace}/${authenticationConfigMap.name} has no ` +
        'requestheader-client-ca-file: start kube-apiserver with --requestheader-client-ca-file',
    );
  }
  const data = parsed.output.data;
  const lower = (json: string): string[] => stringList(json).map((header) => header.toLowerCase());
  return {
    clientCa: data['requestheader-client-ca-file'],
    allowedNames: stringList(data['requestheader-allowed-names']),
    usernameHeaders: lower(data['requestheader-username-headers']),
    groupHeaders: lower(data['requestheader-group-headers']),
    uidHeaders: lower(data['requestheader-uid-headers']),
    extraHeaderPrefixes: lower(data['requestheader-extra-headers-prefix']),
  };
}

const stringList = (json: string): string[] => v.parse(v.array(v.string()), JSON.parse(json));

/**
 * The user a request speaks for.
 * @param clientName common name of the verified client certificate, undefined when there was none.
 * @param headers values one by one: names of users and groups may hold commas, and half a name is another's.
 * @returns undefined when the request did not come through the aggregation layer.
 */
export function userOf(
  config: RequestHeaderConfig,
  clientName: string | undefined,
  headers: Headers,
): User | undefined {
  if (clientName === undefined) return undefined;
  if (config.allowedNames.length > 0 && !config.allowedNames.includes(clientName)) return undefined;
  const [name] = config.usernameHeaders.flatMap((header) => valuesOf(headers, header));
  if (name === undefined || name === '') return undefined;
  const groups = config.groupHeaders.flatMap((header) => valuesOf(headers, header));
  const [uid] = config.uidHeaders.flatMap((header) => valuesOf(headers, header));
  return {
    name,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    groups,
    extra: extraOf(config, headers),
  };
}

const valuesOf = (headers: Headers, name: string): readonly string[] => headers[name] ?? [];

function extraOf(config: RequestHeaderConfig, headers: Headers): Record<string, readonly string[]> {
  const extra: Record<string, readonly string[]> = {};
  for (const header of Object.keys(headers)) {
    const prefix = config.extraHeaderPrefixes.find((candidate) => header.startsWith(candidate));
    if (prefix === undefined) continue;
    extra[decodeKey(header.slice(prefix.length))] = valuesOf(headers, header);
  }
  return extra;
}

/** Keys are percent-encoded by the API server; one that is not decodable is taken as it stands. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
