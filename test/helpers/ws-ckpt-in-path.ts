import { onTestFinished } from 'vitest';
import { makeStandIn, say, type StandIn } from './ws-ckpt-stand-in.ts';

/** A stand-in for programs that look for `ws-ckpt` in PATH. */
export type StandInInPath = StandIn & { readonly env: Readonly<Record<string, string>> };

/** It says that it made whatever it is asked to make; gone with the test. */
export function wsCkptInPath(): StandInInPath {
  const standIn = makeStandIn();
  onTestFinished(standIn.remove);
  standIn.answer('list', say('[]'));
  standIn.answer('checkpoint', CREATES);
  return { ...standIn, env: { PATH: `${standIn.dir}:${process.env['PATH'] ?? ''}` } };
}

const CREATES = `for a; do case $a in --id=*|--snapshot=*) id=\${a#*=};; esac; done
printf '\\033[32m✓\\033[0m Checkpoint created: %s\\n' "$id"`;
