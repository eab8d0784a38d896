import { execFile } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import xterm from '@xterm/headless';
import { build } from 'esbuild';
import { readScreen, type Screen } from './screen.ts';
import type { Size } from './world.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const run = promisify(execFile);
/** Inside the project, so that packages which are not bundled are found from there. */
const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache');
const PROGRAM = join(import.meta.dirname, 'forty-agents.ts');

/**
 * Draws the scene of forty agents. The demo has a dozen agents, so this one is played by the engine of the tests, whose clock
 * stands still; Node runs no JSX, so it is bundled first.
 */
export async function drawCrowd({ columns, rows }: Size, theme: 'dark' | 'light'): Promise<Screen> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'pictures-'));
  try {
    await build({
      entryPoints: [PROGRAM],
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      // Ink imports its development tools only where they are asked for.
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node22.15',
      external: ['react-devtools-core'],
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      logLevel: 'warning',
    });
    const env = { ...process.env, NODE_ENV: 'production', FORCE_COLOR: '2', NODE_NO_WARNINGS: '1' };
    const program = [join(folder, 'forty-agents.mjs'), String(columns), String(rows), theme];
    const { stdout } = await run(process.execPath, program, { env });
    return await shownBy(stdout, { columns, rows });
  } finally {
    removeTree(folder);
  }
}

async function shownBy(text: string, { columns, rows }: Size): Promise<Screen> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  await new Promise<void>((resolveWritten) => {
    terminal.write(text, resolveWritten);
  });
  return readScreen(terminal);
}
