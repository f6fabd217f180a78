import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daemonFiles, sessionUri } from './qemu-conf.ts';

test('writes what an unprivileged daemon needs, where it reads it', () => {
  const { libvirtdConf, qemuConf } = daemonFiles({ socketDir: '/run/x', configHome: '/home/x' });
  assert.equal(libvirtdConf.path, '/home/x/libvirt/libvirtd.conf');
  assert.match(libvirtdConf.text, /^unix_sock_dir = "\/run\/x"$/m);
  assert.equal(qemuConf.path, '/home/x/libvirt/qemu.conf');
  for (const line of [
    'stdio_handler = "file"',
    'security_driver = "none"',
    'namespaces = [  ]',
    'seccomp_sandbox = 1',
  ]) {
    assert.ok(qemuConf.text.split('\n').includes(line), line);
  }
});

test('refuses a folder that the syntax cannot carry', () => {
  assert.throws(() => daemonFiles({ socketDir: '/run/"x', configHome: '/home/x' }), RangeError);
});

test('the URI names its transport and escapes the path', () => {
  assert.equal(sessionUri('/run/a&b'), 'qemu+unix:///session?socket=%2Frun%2Fa%26b%2Flibvirt-sock');
});
