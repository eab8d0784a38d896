import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RISKY_COMMANDS, riskyCommand } from '../../src/core/risky-commands.ts';
import { commandsIn, MAX_SHELL_TEXT } from '../../src/core/shell-words.ts';

describe('the words of a shell line', () => {
  test.each([
    ['a b  c', [['a', 'b', 'c']]],
    ['a && b || c; d | e & f', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    [`a 'b c' "d 'e'" f\\ g`, [['a', 'b c', `d 'e'`, 'f g']]],
    ['a"b"\'c\'d', [['abcd']]],
    ['a >b 2>&1 <c c', [['a', 'c']]],
    ['a &>/dev/null b', [['a', 'b']]],
    ['a 2 b', [['a', '2', 'b']]],
    ['a # b\nc', [['a'], ['c']]],
    ['a#b', [['a#b']]],
    [
      'a $(b c) d',
      [
        ['b', 'c'],
        ['a', '', 'd'],
      ],
    ],
    ['a "x $(b) y"', [['b'], ['a', 'x  y']]],
    [
      'a `b c`',
      [
        ['b', 'c'],
        ['a', ''],
      ],
    ],
    ['(a; b) && c', [['a'], ['b'], ['c']]],
    ['a <(b c)', [['b', 'c'], ['a']]],
    ['a \\\n b', [['a', 'b']]],
    ["a $'b c'", [['a', 'b c']]],
    ['a <<X <<-Y\nb\nX\n\tc\n\tY\nd', [['a'], ['d']]],
    ['a <<< b c', [['a', 'c']]],
    ["a 'b", [['a', 'b']]],
    ['', []],
  ])('%j', (line, commands) => {
    expect(commandsIn(line).map(({ words }) => words)).toEqual(commands);
  });
});

describe('the input of a command', () => {
  test.each([
    ['a <<X <b\n1\n2\nX\nc', ['1\n2\n', null]],
    ['a <<X | b\n1\nX', ['1\n', null]],
    ['cat <<X | b | c\n1\nX', ['1\n', '1\n', null]],
    ['a <<< "b c"', ['b c']],
    ['echo -n b c | a', [null, '-n b c']],
    ['echo b || a', [null, null]],
    ['cat b | a', [null, null]],
    ['a <<X', [null]],
    ['a <<X\n1', ['1']],
  ])('of %j', (line, inputs) => {
    expect(commandsIn(line).map(({ input }) => input)).toEqual(inputs);
  });
});

describe('a command that deletes or resets', () => {
  test.each([
    ['rm -rf build', 'rm -r'],
    ['/bin/rm -fR build', 'rm -r'],
    ['\\rm --recursive build', 'rm -r'],
    ['cd a && sudo -u bob -- rm -r "b c"', 'rm -r'],
    ['FOO=1 env -i BAR=2 nice -n 5 rm -rf x', 'rm -r'],
    ['timeout -k 5 10 rm -rf x', 'rm -r'],
    ['if true; then rm -rf x; fi', 'rm -r'],
    ['for f in *; do rm -rf "$f"; done', 'rm -r'],
    ['ls | xargs -n 1 rm -rf', 'rm -r'],
    ['find . -name x -exec rm -r {} +', 'rm -r'],
    [`bash -lc 'cd x; rm -rf y'`, 'rm -r'],
    [`sh -c "bash -c 'rm -rf y'"`, 'rm -r'],
    ['eval "rm -rf x"', 'rm -r'],
    ['echo "$(rm -rf x)"', 'rm -r'],
    ['rm *.log', 'rm of a pattern'],
    ['find . -delete', 'find -delete'],
    ['git -C sub -c a=b reset --hard HEAD~1', 'git reset --hard'],
    ['git clean -fdx', 'git clean'],
    ['git checkout HEAD -- src', 'git checkout of paths'],
    ['git checkout .', 'git checkout of paths'],
    ['git restore src', 'git restore'],
    ['git restore --staged --worktree src', 'git restore'],
    ['git stash drop', 'git stash drop'],
    ['psql -c "Drop  DATABASE shop"', 'drop or truncate in a database'],
    ['mkfs.ext4 /dev/sda1', 'mkfs'],
    ['dd if=/dev/zero of=/dev/sda', 'dd of='],
    ['docker compose -f x down -v', 'docker compose down -v'],
    ['truncate -s 0 log', 'truncate'],
    ['bash -e <<EOF\nrm -rf x\nEOF', 'rm -r'],
    ['cat <<EOF | sudo bash -s -- y\nrm -rf x\nEOF', 'rm -r'],
    ['bash -o pipefail <<< "git reset --hard"', 'git reset --hard'],
    ['echo "rm -rf x" | sh', 'rm -r'],
    ['psql shop <<EOF\nBEGIN;\nDROP TABLE carts;\nEOF', 'drop or truncate in a database'],
    ['echo "delete from carts" | sqlite3 shop.db', 'drop or truncate in a database'],
    [`find . -exec sh -c 'rm -rf "$1"' _ {} \\;`, 'rm -r'],
    ['find . -type d -exec env A=1 rm -r {} +', 'rm -r'],
    ['pnpm dlx rimraf dist', 'rimraf'],
    ['npm exec -- rimraf dist', 'rimraf'],
    ['bundle exec rake db:drop', 'rails db:drop'],
    ['sudo chroot /mnt rm -rf x', 'rm -r'],
    [`trap 'rm -rf "$dir"' EXIT`, 'rm -r'],
    ['function clean { rm -rf x; }; clean', 'rm -r'],
    ['git -C sub rebase --abort', 'git rebase --abort'],
    ['terraform apply -destroy -auto-approve', 'terraform destroy'],
  ])('%s', (line, name) => {
    expect(riskyCommand(line)).toBe(name);
  });

  test.each([
    'ls -la',
    'rm file',
    'echo rm -rf x',
    `echo 'rm -rf x'`,
    'grep -r "git reset --hard" .',
    'git commit -m "git clean -fdx"',
    'cat <<EOF\nrm -rf x\nEOF',
    '# rm -rf x',
    'ls > rm -rf',
    'git checkout main',
    'git restore --staged x',
    'git clean -ndx',
    'git rm --cached x',
    'psql -c "select dropped from tables"',
    'docker compose down',
    'git stash push -m "drop it" drop',
    'constructor --hard',
    'rm -- -r',
    'command -v rm -r',
    'npm install rimraf',
    'pnpm exec tsc',
    'bash clean.sh <<EOF\nrm -rf x\nEOF',
    'cat <<EOF | tee rm.sh\nrm -rf x\nEOF',
    `git commit -F - <<'EOF'\nrm -rf x\nEOF`,
    'echo "drop table carts" | tee drop.sql',
    'find . -exec echo rm {} +',
  ])('but not %s', (line) => {
    expect(riskyCommand(line)).toBeNull();
  });

  test('is found behind the file that a here-document writes', () => {
    expect(riskyCommand(`cat > notes.md <<'EOF'\n${'many words '.repeat(4_000)}\nEOF\nrm -rf build`)).toBe('rm -r');
  });

  test('is known by the words of its arguments, too', () => {
    expect(riskyCommand(['rm', '-rf', 'x'])).toBe('rm -r');
    expect(riskyCommand(['bash', '-lc', 'rm -rf x'])).toBe('rm -r');
    expect(riskyCommand(['echo', 'rm -rf x'])).toBeNull();
    expect(riskyCommand([])).toBeNull();
  });

  test('has an example for each row of the table', () => {
    for (const { name, programs, verbs = [], any = [], glob, statements = [] } of RISKY_COMMANDS) {
      const program = (programs[0] ?? '').replace('*', 'x');
      const words = [program, ...verbs, ...any.slice(0, 1).map((word) => word.replace(/(?<=.)\*$/u, 'x'))];
      const found = riskyCommand([...words, ...(glob === true ? ['*.x'] : []), ...statements.slice(0, 1)]);
      expect([name, 'rm -r'], words.join(' ')).toContain(found);
    }
  });
});

describe('whatever an agent records', () => {
  const pieces = fc.constantFrom(
    'rm',
    '-rf',
    ' ',
    '$(',
    ')',
    '`',
    '"',
    "'",
    '\\',
    '\n',
    '<<',
    'E',
    '&',
    '>',
    '(',
    '#',
    'bash -c ',
  );

  test('no text throws, and quotes around a word change nothing', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_./-]{1,12}$/u);
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 400 }), fc.string({ unit: 'binary' }), word, (parts, text, one) => {
        riskyCommand(parts.join(''));
        riskyCommand(text);
        expect(commandsIn(`a '${one}' "${one}" ${one}`)).toEqual([{ words: ['a', one, one, one], input: null }]);
      }),
      { seed: 20_261_130, numRuns: 500 },
    );
  });

  test('twice the text takes no more than about twice the time, up to the bound, and no more beyond it', () => {
    const hostile = ['$(', '`', '"$(', '(', "bash -c '", 'a=', '<<a\n', '\\', 'rm ', 'eval "'];
    const took = (text: string): number => {
      const startedAt = process.cpuUsage();
      for (let round = 0; round < 20; round += 1) riskyCommand(text);
      return process.cpuUsage(startedAt).user;
    };
    for (const piece of hostile) {
      const whole = piece.repeat(Math.ceil(MAX_SHELL_TEXT / piece.length));
      took(whole);
      const [at, beyond] = [took(whole), took(whole.repeat(100))];
      expect(beyond, piece).toBeLessThan(20 * at + 50_000);
    }
  });
});
