import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { manualPage } from '../../src/cli/shell/man.ts';
import { programSpec } from '../../src/cli/shell/spec.ts';
import { COMMANDS, DASHBOARD } from '../../src/cli/commands.ts';

const spec = programSpec();
const page = manualPage(spec);
const EXAMPLES = {
  '': DASHBOARD.examples,
  ...Object.fromEntries(Object.entries(COMMANDS).map(([name, { examples }]) => [name, examples])),
};
const formatter = 'groff';
const hasGroff = spawnSync(formatter, ['--version']).error === undefined;

test('the manual page has every option, every command, and what they are for', () => {
  const plain = page.replaceAll('\\-', '-').replaceAll(/\\f[BIR]/gu, '');
  for (const { names, description } of [...spec.shared, ...spec.commands.flatMap(({ options }) => options)]) {
    for (const name of names) expect(plain).toContain(name);
    expect(plain).toContain(description);
  }
  for (const { name } of spec.commands) expect(plain).toContain(`.SS sightline ${name}`);
});

test('no line of it is taken for a request of roff that is none of ours', () => {
  const requests = page.split('\n').filter((line) => /^[.']/u.test(line));
  for (const line of requests) expect(line).toMatch(/^\.(?:TH|SH|SS|TP|PP|B|I)\b/u);
});

test.runIf(hasGroff)('groff has nothing to complain about', () => {
  const { stdout, stderr, status } = spawnSync(formatter, ['-man', '-Tutf8', '-ww', '-P-c'], {
    input: page,
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const read = stdout.replaceAll(/.\u0008/gu, '');
  expect(read).toMatch(/-i SECONDS, --interval SECONDS\n +longest wait/u);
  expect(read).toMatch(/EXIT STATUS/u);
});

test('help begins with examples, and they are of commands that there are', () => {
  const names = new Set(['', ...spec.commands.map(({ name }) => name), ...spec.groups.map(({ name }) => name)]);
  for (const [name, examples] of Object.entries(EXAMPLES)) {
    expect(names).toContain(name);
    for (const [command] of examples) {
      const word = /sightline ([a-z]+)/u.exec(command)?.[1];
      if (word !== undefined) expect(names).toContain(word);
    }
  }
  const program = buildProgram(() => undefined);
  const help = program.helpInformation();
  expect(help.indexOf('Examples:')).toBeGreaterThan(0);
  expect(help.indexOf('Examples:')).toBeLessThan(help.indexOf('Options:'));
  expect(program.commands[0]?.helpInformation()).toMatch(/Examples:\n {2}sightline once /u);
});
