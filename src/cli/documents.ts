import { Argument, type Command, InvalidArgumentError } from 'commander';
import { didYouMean } from '../config/suggest.ts';
import { type Shell, SHELLS } from './choices.ts';

/** Adds the commands that print what is drawn from the table of options: completions and the manual page. */
export function addDocuments(program: Command): void {
  program
    .command('completion')
    .description('print the completion for a shell')
    .addArgument(new Argument('<shell>', SHELLS.join(', ')).argParser(shellOf))
    .action(async (shell: Shell) => {
      process.stdout.write(await completionOf(program, shell));
    });
  program
    .command('man')
    .description('print the manual page (roff)')
    .action(async () => {
      const { specOf } = await import('./shell/spec.ts');
      const { manualPage } = await import('./shell/man.ts');
      process.stdout.write(manualPage(specOf(program), program.description()));
    });
}

async function completionOf(program: Command, shell: Shell): Promise<string> {
  const { specOf } = await import('./shell/spec.ts');
  switch (shell) {
    case 'bash':
      return (await import('./shell/bash.ts')).bashCompletion(specOf(program));
    case 'zsh':
      return (await import('./shell/zsh.ts')).zshCompletion(specOf(program));
    case 'fish':
      return (await import('./shell/fish.ts')).fishCompletion(specOf(program));
  }
}

function shellOf(text: string): Shell {
  const found = SHELLS.find((shell) => shell === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`It wants one of ${SHELLS.join(', ')}${didYouMean(text, SHELLS)}.`);
}
