import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatIpv6, ipv6Bytes, ipv6OfBytes, parseIpv6 } from './ipv6.ts';

describe('an IPv6 address', () => {
  for (const { name, text, want = text } of [
    { name: 'zeros in the middle', text: 'fd10:0:2::1' },
    { name: 'none but zeros', text: '::' },
    { name: 'the loopback address', text: '::1' },
    { name: 'zeros at the end', text: 'fd10:0:2::' },
    { name: 'no zeros', text: '1:2:3:4:5:6:7:8' },
    { name: 'the longest of two runs', text: '1:0:0:2:0:0:0:3', want: '1:0:0:2::3' },
    { name: 'one zero group alone', text: '1:0:3:4:5:6:7:8' },
    { name: 'groups that end or begin with zero', text: '10:0:0:20::3:40', want: '10::20:0:0:3:40' },
    { name: 'upper case and leading zeros', text: 'FD10:0000:0002::0A', want: 'fd10:0:2::a' },
    { name: 'an end as IPv4 has', text: '::ffff:10.0.2.1', want: '::ffff:a00:201' },
  ]) {
    test(name, () => {
      const parsed = parseIpv6(text);
      assert.ok(parsed !== undefined);
      assert.equal(formatIpv6(parsed), want);
      assert.equal(ipv6OfBytes(ipv6Bytes(text)), want);
    });
  }
  for (const text of ['', '10.0.2.1', 'fd10::1::2', 'fe80::1%eth0', 'fd10::1/120', '1:2:3:4:5:6:7:8:9']) {
    test(`'${text}' is none`, () => assert.equal(parseIpv6(text), undefined));
  }
});
