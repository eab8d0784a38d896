/** What each command is for, by example; the screen's come first. */
export const EXAMPLES: Readonly<Record<string, readonly (readonly [command: string, what: string])[]>> = {
  '': [
    ['sightline', 'the screen over the local feed, watching only'],
    ['sightline --workspace . --mode hold', 'announce every automatic checkpoint first'],
    ['sightline headless --workspace . --arm | jq .', 'act without a screen, events as JSON'],
    ['sightline once', 'what is known right now'],
    ['sightline demo', 'the whole chain, on any machine'],
    ['sightline doctor', 'what is missing, and what to do'],
  ],
  once: [
    ['sightline once --since 1h', 'the last hour, for people'],
    ['sightline once --json | jq .interruptions', 'for programs'],
    ['sightline once --fail-on critical', 'for a check that only critical ones may fail'],
  ],
  headless: [
    ['sightline headless', 'say what would have been done, and do nothing'],
    ['sightline headless --workspace . --arm --log-file /var/log/sightline.log', 'act'],
  ],
  demo: [
    ['sightline demo', 'on a terminal the screen, elsewhere a timeline that checks itself'],
    ['sightline demo --scenario storm', 'one part of it'],
  ],
  config: [
    ['sightline config', 'every value, and who said so'],
    ['sightline config --schema > schema.json', 'for editors'],
  ],
  completion: [['source <(sightline completion bash)', 'for this shell']],
  man: [['sightline man | man -l -', 'read it']],
};

/** The exit codes of each command, as the README has them. */
export const EXIT_CODES: Readonly<Record<string, readonly (readonly [code: string, meaning: string])[]>> = {
  '': [
    ['0', ''],
    ['2', 'usage or configuration error, or no terminal'],
    ['130', 'after a second wish to leave'],
  ],
  once: [
    ['0', 'all well'],
    ['1', 'unresolved critical or high interruptions (`--fail-on critical`, `medium`, `low` or `none` moves the bar)'],
    ['2', 'usage or configuration error'],
    ['3', 'no source could be read'],
  ],
  headless: [
    ['0', 'after SIGTERM, SIGINT or the end of standard input'],
    ['2', 'usage or configuration error'],
    ['130/143', 'after a second signal'],
  ],
  demo: [
    ['0', 'when the chain did what it should, or the person left the screen'],
    ['1', 'it did not'],
    ['2', 'usage error, or it cannot be played here'],
  ],
  doctor: [
    ['0', ''],
    ['1', 'something failed'],
    ['2', 'usage or configuration error'],
  ],
};
/** Of every other command. */
export const USUAL_EXIT_CODES = [
  ['0', ''],
  ['2', 'usage or configuration error'],
] as const;
