/** Client configuration files. Pure. */
import { stringify } from 'yaml';

export interface KubeconfigInput {
  server: string;
  user: string;
  ca: string;
  certificate: string;
  key: string;
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** A kubeconfig that holds its certificates, so that it may be copied anywhere. */
export function kubeconfig(input: KubeconfigInput): string {
  const name = 'monovirt';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: input.server, 'certificate-authority-data': base64(input.ca) } }],
    users: [
      {
        name: input.user,
        user: { 'client-certificate-data': base64(input.certificate), 'client-key-data': base64(input.key) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: input.user } }],
  });
}
