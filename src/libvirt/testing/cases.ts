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
  /** Whether a libvirt of this version knows all that the XML says. */
  takenBy: (libvirt: string) => boolean;
  /** Whether any machine can run it. */
  startable: boolean;
}

/** Annotation of a test's VMI: the first major version of libvirt that knows what it needs. */
const sinceAnnotation = 'test.monovirt.io/libvirt';
/** Annotation of a test's VMI that no machine of tests can run: why. */
const defineOnlyAnnotation = 'test.monovirt.io/define-only';

const folder = join(import.meta.dirname, '../xml/testdata');

export function domainCases(): DomainCase[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const vmi: Vmi = parse(readFileSync(join(folder, name, 'vmi.yaml'), 'utf8'));
      const { [sinceAnnotation]: since = '0', [defineOnlyAnnotation]: reason } =
        vmi.metadata.annotations ?? {};
      return {
        name,
        vmi,
        golden: join(folder, name, 'domain.xml'),
        takenBy: (libvirt) => Number.parseInt(libvirt, 10) >= Number(since),
        startable: reason === undefined,
      };
    });
}
