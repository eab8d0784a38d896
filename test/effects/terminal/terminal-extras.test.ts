import { expect, test } from 'vitest';
import { terminalExtras } from '../../../src/effects/terminal/terminal-extras.ts';

function terminal(options: Partial<Parameters<typeof terminalExtras>[1]>) {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream;
  const beyond = terminalExtras(output, { mouse: false, title: false, ...options });
  return { beyond, written: () => written.splice(0).join('') };
}

test('nothing is written that was not asked for', () => {
  const { beyond, written } = terminal({});
  beyond.title('state');
  beyond.enter();
  beyond.leave();
  expect(written()).toBe('');
});

test('the mouse is taken and given back, once each', () => {
  const { beyond, written } = terminal({ mouse: true });
  beyond.enter();
  beyond.enter();
  expect(written()).toBe('\u001b[?1000h\u001b[?1006h');
  beyond.leave();
  beyond.leave();
  expect(written()).toBe('\u001b[?1006l\u001b[?1000l');
});

test('the title of before comes back, and ours after that', () => {
  const { beyond, written } = terminal({ title: true });
  beyond.title('one');
  beyond.enter();
  expect(written()).toBe('\u001b[22;2t\u001b]2;one\u0007');
  beyond.title('one');
  expect(written()).toBe('');
  beyond.title('two');
  beyond.leave();
  beyond.title('three');
  beyond.enter();
  expect(written()).toBe('\u001b]2;two\u0007\u001b[23;2t\u001b[22;2t\u001b]2;three\u0007');
});

test('what the feed says cannot leave its notification', () => {
  const { beyond, written } = terminal({});
  beyond.notify(`a;b\u0007\u001b]0;evil\u0007${'x'.repeat(500)}`);
  const [, nine = '', seven = ''] =
    /^\u001b\]9;([^\u0007\u001b]*)\u0007\u001b\]777;([^\u0007\u001b]*)\u0007$/.exec(written()) ?? [];
  expect(nine).toContain('a;b');
  expect(nine.length).toBeLessThanOrEqual(160);
  expect(seven.split(';')).toHaveLength(3);
});
