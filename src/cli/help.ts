import { type Command, Help } from 'commander';
import { EXAMPLES } from './words.ts';

/** Help that begins with examples: that is what most people look for. */
export class HelpByExample extends Help {
  override showGlobalOptions = true;

  override formatHelp(command: Command, helper: Help): string {
    const usual = super.formatHelp(command, helper);
    const examples = EXAMPLES[command.parent === null ? '' : command.name()] ?? [];
    if (examples.length === 0) return usual;
    const width = Math.max(...examples.map(([words]) => words.length));
    const lines = examples.map(([words, what]) => `  ${words.padEnd(width)}  ${what}\n`).join('');
    const options = usual.search(/^(?:Arguments|Options):$/mu);
    return `${usual.slice(0, options)}Examples:\n${lines}\n${usual.slice(options)}`;
  }
}
