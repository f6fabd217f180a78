import assert from 'node:assert/strict';
import { test } from 'node:test';
import { swtpmFiles } from './swtpm-conf.ts';

test('nothing of a TPM is kept outside the folders of its user', () => {
  const files = swtpmFiles({ configHome: '/home/x', authorityDir: '/data/ca' });
  const text = new Map(files.map((file) => [file.path, file.text]));
  const setup = text.get('/home/x/swtpm_setup.conf') ?? '';
  for (const name of ['swtpm-localca.conf', 'swtpm-localca.options']) {
    assert.ok(text.has(`/home/x/${name}`), name);
    assert.ok(setup.includes(` = /home/x/${name}\n`), name);
  }
  const paths = [...(text.get('/home/x/swtpm-localca.conf') ?? '').matchAll(/ = (\S+)/g)].map(
    ([, path]) => path,
  );
  assert.equal(paths.length, 4);
  for (const path of paths) assert.match(path ?? '', /^\/data\/ca/);
});
