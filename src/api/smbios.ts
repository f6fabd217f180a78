/** Who guests believe made their computer. Pure. */

export interface Smbios {
  readonly manufacturer: string;
  readonly family: string;
  readonly product: string;
  readonly version?: string;
  readonly sku?: string;
}

/** KubeVirt's. */
export const defaultSmbios: Smbios = { manufacturer: 'KubeVirt', family: 'KubeVirt', product: 'None' };

const names = ['manufacturer', 'family', 'product', 'version', 'sku'] as const;

/** What is given, over the default; anything else in `value` is left out. */
export function smbiosOf(value: Readonly<Record<string, unknown>>): Smbios {
  const given = names.map((name) => [name, value[name]] as const);
  const texts = given.filter(([, text]) => typeof text === 'string' && text !== '');
  return { ...defaultSmbios, ...Object.fromEntries(texts) };
}
