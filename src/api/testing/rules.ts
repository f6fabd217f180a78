/** Runs tables of rules: one named row a case, and none forgotten. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../cluster-config.ts';
import type { ClusterConfig } from '../cluster-config.ts';
import type { CauseType } from '../validate/cause.ts';
import { specRules, validateVmiSpec } from '../validate/vmi.ts';
import { specWith } from './vmi.ts';

export interface Row {
  /** The rule, and after a colon which of its cases. */
  name: string;
  /** Fields of the sample that are set; they make the rule object. */
  set: Record<string, unknown>;
  type?: CauseType;
  /** Of the cluster; the default one without it. */
  config?: ClusterConfig;
  /** Path below `spec`. */
  field: string;
  says?: RegExp;
}

/**
 * A test for each row, and one that every rule of the modules has a row.
 * @param modules namespaces whose functions are rules
 */
export function testRules(rows: readonly Row[], ...modules: readonly object[]): void {
  for (const { name, set, type = 'FieldValueInvalid', field, says, config = defaultConfig } of rows) {
    test(name, () => {
      const causes = validateVmiSpec({ spec: specWith(set, config), path: 'spec', config });
      const place = field === '' ? 'spec' : `spec.${field}`;
      const here = causes.filter((cause) => cause.field === place && cause.type === type);
      const said = here.some(({ message }) => (says ?? /.{10}/).test(message));
      assert.ok(said, `no such cause in ${JSON.stringify(causes, null, 1)}`);
    });
  }

  describe('every rule', () => {
    const tested = new Set(rows.map(({ name }) => name.split(':')[0]));
    const rules = specRules.filter((rule) => modules.some((module) => Object.values(module).includes(rule)));
    assert.ok(rules.length > 0);
    for (const { name } of rules) test(`${name} has a row`, () => assert.ok(tested.has(name)));
  });
}
