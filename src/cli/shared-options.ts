import type { Command } from 'commander';

/** Adds the options that every front end shares. Their values stay text: the configuration understands them. */
export function addSharedOptions(command: Command): Command {
  return command
    .option(
      '--source <uri>',
      'sqlite:DIR, jsonl:FILE, logtail:FILE, http(s)://HOST:PORT, - or a path; may be repeated',
      gather,
    )
    .option('--workspace <dir>', 'workspace of the agents that the configuration file does not name')
    .option('--checkpointer <name>', 'auto, ws-ckpt, git, command or none (default: auto)')
    .option('--mode <mode>', 'observe, hold or auto (default: observe)')
    .option('--arm', 'the same as --mode auto')
    .option('--debounce <seconds>', 'at most one automatic checkpoint in this time (default: 30)')
    .option('--timeout <seconds>', 'deadline of one checkpoint (default: 10)')
    .option('--grace <seconds>', 'countdown before an automatic checkpoint (default: 10 in hold, 0 in auto)')
    .option('--trailing', 'one more checkpoint when the window closes, if signals came inside it (default)')
    .option('--no-trailing', 'drop the signals inside the window')
    .option('--token-file <file>', "bearer token of HTTP sources (default: SIGHTLINE_TOKEN, else agentsight's own)")
    .option('--ca-file <file>', 'authority (PEM) that signed the certificate of HTTPS sources')
    .option('--state-dir <dir>', 'where sightline remembers what must survive a restart')
    .option('--config <file>', 'configuration file')
    .option('--read-only', 'observe, and let no key act');
}

/** What is said beside them of the program itself, and of how its screen looks. */
const OTHERS: ReadonlySet<string> = new Set(['--version', '--ascii', '--screen-reader', '--no-color']);

/** The shared options that the command line gives, as they are spelt. */
export function sharedOptionNames(program: Command): readonly string[] {
  return program.options
    .filter((option) => program.getOptionValueSource(option.attributeName()) === 'cli')
    .map((option) => option.long ?? option.flags)
    .filter((name) => !OTHERS.has(name));
}

function gather(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
