import type { Mode } from '../../core/signals.ts';
import type { ScreenConfig } from '../../config/config.ts';
import { systemClock } from '../../effects/clock.ts';
import { userName } from '../../effects/person.ts';
import { outputTerminal } from '../../effects/terminal/output.ts';
import { openKeyboard } from '../../effects/terminal/terminal.ts';
import { findScenario } from '../../feeds/demo/script/select.ts';
import type { Scenario } from '../../feeds/demo/script/scenario.ts';
import { makeStage, removeStage, type Stage } from '../../feeds/demo/stage.ts';
import { publishHost } from '../../remote/nats/host.ts';
import { type NoServer, type PrivateServer, startPrivateServer } from '../../remote/nats/private-server.ts';
import { tokenOf } from '../../remote/nats/subjects.ts';
import { engineName } from '../doors.ts';
import { lineOf } from '../headless/lines.ts';
import { isoTime } from '../iso-time.ts';
import { loadTriage } from '../triage.ts';
import { appearanceOf } from '../tui/appearance.ts';
import { fleetScreen } from '../tui/fleet.ts';
import { COMMIT_MS, showEngine } from '../tui/run.ts';
import { openShow } from './opening.ts';
import type { Performer } from './performer.ts';
import { createGuide } from './screen/guide.ts';
import { openRound, type Play, playOn, waitReady } from './screen/rounds.ts';
import { DemoStopped, quietStopRequests } from './stop.ts';

/** The hosts, in the order in which they come, at most these: each is an engine here and a process that plays its agents. How each acts, and which part plays there. */
const HOSTS: readonly { readonly name: string; readonly mode: Mode; readonly scenario: string }[] = [
  { name: 'build-07', mode: 'hold', scenario: 'all' },
  { name: 'build-08', mode: 'auto', scenario: 'crash' },
  { name: 'edge-fra', mode: 'observe', scenario: 'overflow' },
  { name: 'mac-mia', mode: 'auto', scenario: 'storm' },
  { name: 'gpu-02', mode: 'hold', scenario: 'calm' },
  { name: 'build-09', mode: 'hold', scenario: 'burst' },
  { name: 'edge-osl', mode: 'observe', scenario: 'no-cache' },
  { name: 'gpu-03', mode: 'auto', scenario: 'stuck' },
];

const CAPTION = 'a fleet: Enter shows the host of the row whole, Esc leads back; x and f act there; q leaves';

export type FleetDemo = {
  /** The number of hosts. */
  readonly fleet: number;
  /** The part that plays on every host; `all`: another one on each. */
  readonly scenario: Scenario;
  readonly seed: number;
  readonly speed: number;
  readonly screen: ScreenConfig;
};

/** A host of the demonstration. */
type DemoHost = { readonly start: () => Promise<void>; readonly close: () => Promise<void> };

/**
 * Shows one console over hosts of a private broker, each with a demonstration of its own, until the person leaves. Resolves
 * to the exit code; rejects with `DemoStopped` where there is no terminal or no nats-server.
 */
export async function runFleetDemo(options: FleetDemo): Promise<number> {
  const keyboard = outputTerminal() === null ? null : openKeyboard(false);
  if (keyboard === null) throw new DemoStopped('--fleet needs a terminal', 2);
  const operator = tokenOf(userName());
  const names = HOSTS.slice(0, options.fleet).map(({ name }) => name);
  const ends: (() => Promise<void>)[] = [];
  try {
    const stage = await makeStage();
    ends.push(() => removeStage(stage.root));
    const started = await startPrivateServer(stage.root, { hosts: names, operator });
    if (!started.ok) throw new DemoStopped(wordNoServer(started.reason), 2);
    const server = started.value;
    ends.push(server.close);
    const hosts: DemoHost[] = [];
    for (const name of names) {
      const host = await openHost(name, { options, server, stage });
      ends.push(host.close);
      hosts.push(host);
    }
    const nats = { ...server.as(operator), name: operator, content: true };
    const early: string[] = [];
    const screen = await fleetScreen({ nats }, (line) => early.push(line));
    return await showEngine(screen, {
      keyboard,
      appearance: appearanceOf(options.screen),
      beyond: options.screen,
      early,
      onOpen: ({ caption }) => {
        caption(CAPTION);
        for (const host of hosts) void host.start();
      },
    });
  } finally {
    for (const end of ends.reverse()) await end();
    keyboard.close();
  }
}

function wordNoServer(reason: NoServer): string {
  switch (reason.code) {
    case 'not_installed':
      return (
        'the fleet needs nats-server 2.9 or newer, and none is in the path; install it ("apt install nats-server", ' +
        '"brew install nats-server", or the binary from nats.io/download) and start this again'
      );
    case 'ended':
      return `nats-server has ended: ${reason.text}`;
    case 'silent':
      return `nats-server does not listen: ${reason.text}`;
  }
}

type Place = { readonly options: FleetDemo; readonly server: PrivateServer; readonly stage: Stage };

async function openHost(name: string, { options, server, stage: { root } }: Place): Promise<DemoHost> {
  const at = HOSTS.findIndex((host) => host.name === name);
  const { mode = 'observe', scenario: own = 'all' } = HOSTS[at] ?? {};
  const scenario = options.scenario.name === 'all' ? (findScenario(own) ?? options.scenario) : options.scenario;
  const { speed, seed } = options;
  const requests = quietStopRequests();
  const show = { scenario, speed, seed: seed + 1_000 * at, stage: await makeStage(root), requests };
  const guide = createGuide(systemClock);
  const engine = await openShow(show, { receive: guide.receive, talk: () => undefined, commitMs: COMMIT_MS }, mode);
  const member = publishHost({
    engine,
    name: engineName('demo'),
    host: name,
    broker: server.as(name),
    content: true,
    clock: systemClock,
    triage: await loadTriage(),
    talk: () => undefined,
  });
  let seq = 0;
  engine.listen((event) => {
    const line = lineOf(event, { history: false });
    if (line === null) return;
    seq += 1;
    member.event({ schema: 'sightline.event/1', seq, host: name, ...line, at: isoTime(line.at) });
  });
  const play: Play = { show, engine, guide };
  const first: Performer = openRound(play, 0);
  let playing = Promise.resolve();
  return {
    start: async () => {
      try {
        await waitReady(first, show);
        await engine.start();
        playing = playOn(play, first);
        await playing;
      } catch (error) {
        if (!(error instanceof DemoStopped)) throw error;
      }
    },
    close: async () => {
      guide.close();
      requests.stop(new DemoStopped('the person has left', 0));
      await first.close();
      await playing;
      await member.close();
      await engine.close('the demo is over');
    },
  };
}
