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
    .option('--dry-run', 'the same as --mode observe: say what would have been done')
    .option('--debounce <seconds>', 'at most one automatic checkpoint in this time (default: 30)')
    .option('--timeout <seconds>', 'deadline of one checkpoint (default: 10)')
    .option('--grace <seconds>', 'countdown before an automatic checkpoint (default: 10 in hold, 0 in auto)')
    .option('--trailing', 'one more checkpoint when the window closes, if signals came inside it (default)')
    .option('--no-trailing', 'drop the signals inside the window')
    .option('-i, --interval <seconds>', 'longest wait between two looks at an HTTP source (default: 2.5)')
    .option('--token-file <file>', "bearer token of HTTP sources (default: SIGHTLINE_TOKEN, else agentsight's own)")
    .option('--ca-file <file>', 'authority (PEM) that signed the certificate of HTTPS sources')
    .option('--state-dir <dir>', 'where sightline remembers what must survive a restart')
    .option('--config <file>', 'configuration file')
    .option('--read-only', 'observe, and let no key act')
    .option('--log-file <file>', 'also write to this file what is told to people; on the screen it is the only place')
    .option('-v, --debug', 'tell every step: sources, timers, programs that are started')
    .option('-q, --quiet', 'nothing but errors on standard error')
    .option('--theme <name>', 'auto, dark, light, high-contrast or mono (default: auto)')
    .option('--color', 'colours, whatever the environment says')
    .option('--no-color', 'the same as --theme mono')
    .option('--ascii', 'draw the screen with ASCII signs only')
    .option('--screen-reader', 'no screen: events as lines, keys by name')
    .option('--mouse', 'click and wheel select and scroll');
}

/** What says how a screen looks, and what is the program's own. */
const OF_ANY_SCREEN: ReadonlySet<string> = new Set(['version', 'theme', 'color', 'ascii', 'screenReader', 'mouse']);

/** The shared options that the command line gives and that are not about the look of a screen, as they are spelt. */
export function sharedOptionNames(program: Command): readonly string[] {
  return program.options
    .filter((option) => program.getOptionValueSource(option.attributeName()) === 'cli')
    .filter((option) => !OF_ANY_SCREEN.has(option.attributeName()))
    .map((option) => option.long ?? option.flags);
}

function gather(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
