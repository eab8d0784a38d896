import { print } from '../../effects/terminal/output.ts';
import type { SHELLS } from '../commands.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { manualPage } from './man.ts';
import { type ProgramSpec, programSpec } from './spec.ts';
import { zshCompletion } from './zsh.ts';

const COMPLETIONS: Readonly<Record<(typeof SHELLS)[number], (spec: ProgramSpec) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** Prints the completion for a shell. Returns the exit code. */
export function printCompletion(shell: (typeof SHELLS)[number]): number {
  print(COMPLETIONS[shell](programSpec()));
  return 0;
}

/** Prints the manual page. Returns the exit code. */
export function printManualPage(): number {
  print(manualPage(programSpec()));
  return 0;
}
