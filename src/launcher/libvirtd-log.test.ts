import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LibvirtdLines, withheld } from './libvirtd-log.ts';

const from = (place: string): string => `2026-11-23 21:00:00.123+0000: 4711: error : ${place} : `;
const plain = `${from('virNetSocketReadWire:1791')}End of file while reading data: Input/output error`;

const rows: { name: string; lines: string[]; want: string[] }[] = [
  { name: 'that quotes nobody is told', lines: [plain], want: [plain] },
  {
    name: 'of the loader is told',
    lines: ['libvirtd: no such library'],
    want: ['libvirtd: no such library'],
  },
  {
    name: 'with an error of an agent is not',
    lines: [
      `${from('qemuAgentCheckError:1141')}internal error: unable to execute QEMU agent command 'guest-set-user-password': no secret`,
      plain,
    ],
    want: [withheld, plain],
  },
  {
    name: 'with an error of several lines is not, to its end',
    lines: [
      `${from('other:1')}unable to execute QEMU agent command 'guest-set-user-password': no`,
      'secret',
      '  nor another',
      plain,
      'told',
    ],
    want: [withheld, plain, 'told'],
  },
  {
    name: 'with an answer that is no JSON is not',
    lines: [`${from('virJSONValueFromString:1604')}internal error: cannot parse json secret: oops`],
    want: [withheld],
  },
  {
    name: 'with an answer of another kind is not',
    lines: [
      `${from('qemuAgentIOProcessLine:301')}internal error: Parsed JSON reply 'secret' isn't an object`,
    ],
    want: [withheld],
  },
  {
    name: 'in another language is not',
    lines: [`${from('qemuAgentCheckError:1141')}Interner Fehler: secret`],
    want: [withheld],
  },
];

for (const { name, lines, want } of rows) {
  test(`a message ${name}`, () => {
    const told = new LibvirtdLines();
    assert.deepEqual(
      lines.map((line) => told.next(line)).filter((line) => line !== undefined),
      want,
    );
  });
}

test('the rest of a line that was too long is not told', () => {
  const told = new LibvirtdLines();
  told.lost();
  assert.deepEqual([told.next('secret'), told.next(plain), told.next('more')], [undefined, plain, 'more']);
});
