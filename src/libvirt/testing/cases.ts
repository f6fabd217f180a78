/** The golden cases of domain XML: a VMI and the XML that was reviewed for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Vmi } from '../../api/types.ts';

export interface DomainCase {
  name: string;
  vmi: Vmi;
  /** File of the reviewed XML. */
  golden: string;
}

const folder = join(import.meta.dirname, '../xml/testdata');

export function domainCases(): DomainCase[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const vmi: Vmi = parse(readFileSync(join(folder, name, 'vmi.yaml'), 'utf8'));
      return { name, vmi, golden: join(folder, name, 'domain.xml') };
    });
}
