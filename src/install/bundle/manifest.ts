/** Any object of the Kubernetes API, as a bundle reads and writes it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** Group of an `apiVersion`; empty for the core group. */
export function groupOf(manifest: Manifest): string {
  return manifest.apiVersion.includes('/') ? manifest.apiVersion.replace(/\/.*$/, '') : '';
}

/** The manifest without a namespace: whoever installs it chooses one. */
export function withoutNamespace(manifest: Manifest): Manifest {
  const { namespace: _, ...metadata } = manifest.metadata;
  return { ...manifest, metadata };
}
