/** The part of the kubeconfig format that monovirt understands. */
import * as v from 'valibot';

const text = v.optional(v.string());
const environment = v.nullish(v.array(v.object({ name: v.string(), value: v.string() })));

const execSchema = v.object({
  apiVersion: v.picklist(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']),
  command: v.string(),
  args: v.nullish(v.array(v.string())),
  env: environment,
  installHint: text,
  provideClusterInfo: v.optional(v.boolean()),
  interactiveMode: v.optional(v.picklist(['Never', 'IfAvailable', 'Always'])),
});

const userSchema = v.object({
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  as: text,
  'as-uid': text,
  'as-groups': v.optional(v.array(v.string())),
  exec: v.nullish(execSchema),
  'auth-provider': v.optional(v.unknown()),
});

const clusterSchema = v.object({
  server: v.pipe(v.string(), v.url('must be a URL')),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': v.optional(v.boolean()),
  'tls-server-name': text,
  'proxy-url': text,
});

const contextSchema = v.object({ cluster: v.string(), user: text, namespace: text });

export const kubeconfigSchema = v.object({
  'current-context': text,
  contexts: v.nullish(v.array(v.object({ name: v.string(), context: contextSchema }))),
  clusters: v.nullish(v.array(v.object({ name: v.string(), cluster: clusterSchema }))),
  users: v.nullish(v.array(v.object({ name: v.string(), user: v.nullish(userSchema) }))),
});

export const execCredentialSchema = v.object({
  kind: v.literal('ExecCredential'),
  apiVersion: v.string(),
  status: v.object({
    token: text,
    clientCertificateData: text,
    clientKeyData: text,
    expirationTimestamp: text,
  }),
});

export type Cluster = v.InferOutput<typeof clusterSchema>;
export type User = v.InferOutput<typeof userSchema>;
export type ExecPlugin = v.InferOutput<typeof execSchema>;

/** A value and the directory that its relative paths start from. */
export interface Located<T> {
  value: T;
  directory: string;
}
