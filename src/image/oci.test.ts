import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  cachedLayer,
  compressLayer,
  layerFromEntries,
  layerFromTar,
  rememberLayer,
  replaceFile,
  writeOciArchive,
  type ImageArchive,
  type Layer,
} from './oci.ts';
import type { TarEntry } from './tar.ts';

const directory = mkdtempSync(join(tmpdir(), 'monovirt-oci-'));
after(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const entries: TarEntry[] = [{ type: 'file', path: 'hello', content: Buffer.from('hello\n') }];

describe('writeOciArchive', () => {
  let layer: Layer;
  let archive: ImageArchive;
  const name = 'docker.io/monovirt/test:1.2.3';
  const read = (path: string): Buffer => execFileSync('tar', ['-xOf', archive.file, path]);
  const json = (path: string) => JSON.parse(read(path).toString());
  const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

  before(async () => {
    layer = await layerFromEntries(entries, at('layer.tar'));
    archive = await writeOciArchive(
      { name, layers: [layer], config: { Entrypoint: ['/hello'] } },
      at('a.tar'),
    );
  });

  test('the index names the image as containerd looks for it', () => {
    const [manifest] = json('index.json').manifests;
    assert.equal(manifest.annotations['io.containerd.image.name'], name);
    assert.equal(manifest.annotations['org.opencontainers.image.ref.name'], '1.2.3');
    assert.equal(manifest.digest, archive.digest);
  });

  test('every blob has the digest and size that its descriptor says', () => {
    const manifest = json(blob(archive.digest));
    for (const { digest, size } of [json('index.json').manifests[0], manifest.config, ...manifest.layers]) {
      const bytes = read(blob(digest));
      assert.equal(digestOf(bytes), digest);
      assert.equal(bytes.length, size);
    }
  });

  test('the configuration carries the entry point and the layer’s digest', () => {
    const config = json(blob(json(blob(archive.digest)).config.digest));
    assert.deepEqual(config.config, { Entrypoint: ['/hello'] });
    assert.deepEqual(config.rootfs.diff_ids, [layer.diffId]);
  });

  test('the same image gives the same bytes', async () => {
    const again = await writeOciArchive(
      { name, layers: [layer], config: { Entrypoint: ['/hello'] } },
      at('b.tar'),
    );
    assert.equal(again.digest, archive.digest);
    assert.ok(readFileSync(again.file).equals(readFileSync(archive.file)));
  });

  test('other contents give another digest', async () => {
    const other = await layerFromEntries([{ type: 'directory', path: 'other' }], at('other.tar'));
    const changed = await writeOciArchive({ name, layers: [other], config: {} }, at('c.tar'));
    assert.notEqual(changed.digest, archive.digest);
  });
});

describe('layers', () => {
  test('a compressed layer keeps the digest of its tar', async () => {
    const plain = await layerFromEntries(entries, at('plain.tar'));
    const packed = await compressLayer(plain, at('packed.tar.gz'), 'gzip');
    const bytes = readFileSync(packed.file);
    assert.equal(packed.digest, digestOf(bytes));
    assert.equal(packed.size, bytes.length);
    assert.equal(packed.diffId, plain.digest);
    assert.equal(digestOf(gunzipSync(bytes)), plain.digest);
    assert.match(packed.mediaType, /\+gzip$/);
  });

  test('a tar on disk is described as the layer that was written', async () => {
    const written = await layerFromEntries(entries, at('written.tar'));
    assert.deepEqual(await layerFromTar(written.file), written);
  });

  test('a kept layer is found, and not once its file was cut short', async () => {
    const kept = await rememberLayer(await layerFromEntries(entries, at('kept.tar')));
    assert.deepEqual(await cachedLayer(kept.file), kept);
    writeFileSync(kept.file, 'cut');
    assert.equal(await cachedLayer(kept.file), undefined);
    assert.equal(await cachedLayer(at('never-made.tar')), undefined);
  });
});

test('a failed write leaves the old file and nothing beside it', async () => {
  writeFileSync(at('kept-file'), 'old');
  const files = readdirSync(directory);
  await assert.rejects(
    replaceFile(at('kept-file'), (temporary) => {
      writeFileSync(temporary, 'half');
      return Promise.reject(new Error('disk full'));
    }),
  );
  assert.equal(readFileSync(at('kept-file'), 'utf8'), 'old');
  assert.deepEqual(readdirSync(directory), files);
});
