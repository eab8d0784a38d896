#!/usr/bin/env node
// This file must also parse and run on the Nodes that it turns away: no static import of ours, no recent syntax.

const needed = [22, 15] as const;

function isOldNode(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major < needed[0] || (major === needed[0] && minor < needed[1]);
}

function refuse(): void {
  // The one text that does not go through the door for output, which may not be loaded here.
  // oxlint-disable-next-line house/output -- see above; its only foreign part is cleaned
  process.stderr.write(
    `sightline needs Node ${needed.join('.')} or newer; this is ${process.version} (${encodeURI(process.execPath)}). ` +
      'Install a newer Node, or run it from a checkout with "npm run sightline", which brings its own.\n',
  );
  process.exitCode = 2;
}

async function start(): Promise<void> {
  // React and Ink pick their build by this; it must stand before either is loaded. In the built program they have no other.
  const { env } = process;
  // oxlint-disable-next-line typescript/prefer-nullish-coalescing -- older Nodes could not parse `??=`
  if (env['NODE_ENV'] === undefined) env['NODE_ENV'] = 'production';
  const argv = process.argv.slice(2);
  const whole = isDashboard(argv) ? await (await import('./cli/compiled.ts')).loadWhole() : null;
  // oxlint-disable-next-line typescript/prefer-nullish-coalescing -- see above
  const main = whole === null ? (await import('./cli/main.ts')).main : whole;
  await main(argv);
}

/** Options that are answered at once. */
const QUESTIONS = new Set(['--help', '-h', '--version', '-V']);

// The dashboard is what people wait for, and it is the program without a command. Where one follows the options all the
// same, it runs, too.
function isDashboard(argv: readonly string[]): boolean {
  const [first = '-'] = argv;
  return first.startsWith('-') && !QUESTIONS.has(first);
}

if (isOldNode()) refuse();
else void start();
