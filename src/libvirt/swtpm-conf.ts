/** Configuration of the emulated TPM of an unprivileged libvirtd. Pure. */

export interface SwtpmConfig {
  /** `$XDG_CONFIG_HOME` of libvirtd, where `swtpm_setup` looks before it looks in `/etc`. */
  configHome: string;
  /** Folder of the authority that signs the TPM's certificates; must exist and be ours. */
  authorityDir: string;
}

/**
 * Files to write before a domain with a TPM starts. The system's own would make `swtpm_localca` keep its
 * authority where only root may write.
 */
export function swtpmFiles({ configHome, authorityDir }: SwtpmConfig): { path: string; text: string }[] {
  const file = (name: string): string => `${configHome}/${name}`;
  return [
    {
      path: file('swtpm_setup.conf'),
      text: settings({
        create_certs_tool: '/usr/bin/swtpm_localca',
        create_certs_tool_config: file('swtpm-localca.conf'),
        create_certs_tool_options: file('swtpm-localca.options'),
        active_pcr_banks: 'sha256',
      }),
    },
    {
      path: file('swtpm-localca.conf'),
      text: settings({
        statedir: authorityDir,
        signingkey: `${authorityDir}/signkey.pem`,
        issuercert: `${authorityDir}/issuercert.pem`,
        certserial: `${authorityDir}/certserial`,
      }),
    },
    {
      path: file('swtpm-localca.options'),
      text: '--platform-manufacturer monovirt\n--platform-version 1\n--platform-model QEMU\n',
    },
  ];
}

function settings(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}
