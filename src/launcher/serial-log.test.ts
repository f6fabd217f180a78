import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { serialLog } from './serial-log.ts';
import type { SerialLog } from './serial-log.ts';

const idleMs = 1_000;

/** A log whose time stands still, and what it took; `room` says how many lines it takes before it is full. */
function logging(options: { prefix?: string } = {}): {
  log: SerialLog;
  text: () => string;
  time: (ms: number) => void;
  room: (lines: number) => void;
} {
  let [text, time, room] = ['', 0, Infinity];
  const write = (line: string): boolean => {
    if (room <= 0) return false;
    room -= 1;
    text += line;
    return true;
  };
  return {
    log: serialLog({ ...options, write, now: () => time, idleMs }),
    text: () => text,
    time: (ms) => (time = ms),
    room: (lines) => (room = lines),
  };
}

suite('the serial log', () => {
  const rows: [string, (string | Buffer)[], string][] = [
    ['lines in pieces', ['a', 'b\r\nc\n', 'd'], 'ab\nc\n'],
    ['no way to paint', ['\u001b[2J\u001b[31mred\u0007\u009b1m\n'], 'red1m\n'],
    ['a character cut in two', [Buffer.from([0xc3]), Buffer.from([0xa9, 0x0a])], 'é\n'],
    ['a line without end', ['x'.repeat(2500)], `${'x'.repeat(1024)}\n${'x'.repeat(1024)}\n`],
    ['a long line', [`${'x'.repeat(1500)}\n`], `${'x'.repeat(1024)}\n${'x'.repeat(476)}\n`],
    ['empty lines', ['\n\r\na\n'], '\n\na\n'],
  ];
  for (const [name, chunks, expected] of rows) {
    test(name, () => {
      const { log, text } = logging();
      for (const chunk of chunks) log.push(Buffer.from(chunk as string));
      assert.equal(text(), expected);
    });
  }

  test('no line fills a pipe: it is written whole or not at all', () => {
    const { log, text } = logging({ prefix: 'guest: ' });
    log.push(Buffer.from(`${'\uffff'.repeat(3000)}\n`));
    for (const line of text().split('\n')) assert.ok(Buffer.byteLength(line) < 4096, `${line.length}`);
  });

  test('a line of a guest does not pass for one of the launcher', () => {
    const { log, text } = logging({ prefix: 'guest: ' });
    log.push(Buffer.from('{"level":"error"}\r{"level":"error"}\n\u001b[1A{"level":"error"}\n'));
    for (const line of text().trimEnd().split('\n')) assert.match(line, /^guest: /);
  });

  test('a prompt is written when nothing follows it, and what is typed behind it once', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { log, text } = logging();
    log.push(Buffer.from('host login: '));
    assert.equal(text(), '');
    context.mock.timers.tick(idleMs);
    assert.equal(text(), 'host login: \n');
    for (const key of ['r', 'o', 'o', 't']) {
      log.push(Buffer.from(key));
      context.mock.timers.tick(idleMs);
    }
    log.push(Buffer.from('\r\nPassword: '));
    context.mock.timers.tick(idleMs);
    assert.equal(text(), 'host login: \nroot\nPassword: \n');
    log.push(Buffer.from('\n'));
    log.flush();
    assert.equal(text(), 'host login: \nroot\nPassword: \n');
  });

  test('a flood is cut and counted', () => {
    const { log, text, time } = logging();
    for (let round = 0; round < 2000; round += 1) log.push(Buffer.from(`${'x'.repeat(999)}\n`));
    assert.ok(text().length <= 1024 * 1024);
    const written = text().split('\n').length - 1;
    time(60_000);
    log.push(Buffer.from('calm\n'));
    const [, dropped] = /\[(\d+) lines of the serial console dropped[^\n]*\]\ncalm\n$/.exec(text()) ?? [];
    assert.equal(Number(dropped), 2000 - written);
  });

  test('what a flood lost is said although nothing follows it', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { log, text } = logging();
    log.push(Buffer.from('y\n'.repeat(600 * 1024)));
    context.mock.timers.tick(idleMs);
    assert.match(text(), /\[\d+ lines of the serial console dropped[^\n]*\]\n$/);
  });

  for (const [name, flood] of [
    ['long lines', `${'x'.repeat(900)}\n`],
    ['short lines', 'y\n'],
    ['empty lines', '\n'],
  ] as const) {
    test(`a flood of ${name} writes no more than its rate, counting what the runtime adds`, () => {
      const { log, text, time } = logging({ prefix: 'guest: ' });
      const chunk = Buffer.from(flood.repeat(8192 / flood.length));
      for (let ms = 0; ms <= 60_000; ms += 10) {
        time(ms);
        log.push(chunk);
      }
      const stored = text().length + 48 * (text().split('\n').length - 1);
      const most = (1024 + 60 * 64) * 1024;
      assert.ok(stored <= most * 1.02, `${stored} of ${most}`);
      assert.ok(stored >= most * 0.8, `${stored} of ${most}`);
    });
  }

  test('lines that a full pipe does not take are counted, and nobody waits', () => {
    const { log, text, room } = logging();
    room(1);
    log.push(Buffer.from('one\ntwo\nthree\n'));
    room(Infinity);
    log.push(Buffer.from('four\n'));
    assert.match(text(), /^one\n\[2 lines of the serial console dropped[^\n]*\]\nfour\n$/);
  });
});
