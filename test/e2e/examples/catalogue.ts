/**
 * One example for each file of KubeVirt's examples folder: the same features under the same names, around our own
 * guest, with what becomes of each here. What others need comes first.
 */
import type { Example } from './example.ts';
import { otherExamples } from './others.ts';
import { vmExamples } from './vms.ts';
import { vmiExamples } from './vmis.ts';

export const examples: readonly Example[] = [...otherExamples, ...vmExamples, ...vmiExamples];
