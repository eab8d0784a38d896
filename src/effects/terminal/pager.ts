import { spawn } from 'node:child_process';

/** The pager where PAGER is not set: colours pass, and the screen is given back as it was. */
const USUAL: readonly string[] = ['less', '-R'];

/** The pager's program and arguments by PAGER, which is taken apart at blanks; null where none is wanted (`PAGER=`, `cat`). */
export function pagerOf(env: Readonly<Record<string, string | undefined>>): readonly string[] | null {
  const wanted = env['PAGER']?.trim();
  if (wanted === undefined) return USUAL;
  if (wanted === '' || wanted === 'cat') return null;
  return wanted.split(/\s+/u);
}

/** Shows a text in a pager on this terminal, until the person leaves it; false where that pager cannot be started. */
export function showInPager(argv: readonly string[], text: string): Promise<boolean> {
  const [file = '', ...args] = argv;
  return new Promise((resolve) => {
    // The text comes by a pipe; a pager takes its keys from the terminal itself.
    const child = spawn(file, args, { stdio: ['pipe', 'inherit', 'inherit'] });
    const end = (): void => void child.kill();
    process.once('exit', end);
    child.on('error', () => resolve(false));
    child.on('close', () => {
      process.off('exit', end);
      resolve(true);
    });
    // A user who leaves early does not read to the end.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(text);
  });
}
