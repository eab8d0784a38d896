import { createStore } from 'zustand/vanilla';
import { cleanLine } from '../../../core/text.ts';
import { plainWords } from '../../../wording/event-line.ts';
import { typedBy } from '../input/keyboard.ts';
import { bindingOf, keyContextOf, typingIn } from '../keymap.ts';
import { VIEWS } from '../views.ts';
import type { Screen, ScreenOptions } from '../open-screen.tsx';
import { beneath } from '../keys/beside.ts';
import { describeAttachment, describeAttachmentChange } from './contexts.ts';
import { type Session, createSession } from '../session.ts';
import { newViewState } from '../reducer.ts';
import type { ViewState } from '../state.ts';
import { hasArrived } from '../../views/checkpoints/describe.ts';
import { alertsOf } from '../alerts.ts';
import { themeOf } from '../../render/theme.ts';
import { lineOf } from '../../views/workspaces/rows.ts';
import { counted } from '../../render/values.ts';
import type { Context } from '../bindings.ts';
import { waitingBehind, waitingText } from '../frozen.ts';

/** A screen that no one sees: pages are as long as this. */
const SIZE = { columns: 120, rows: 40 };
/** Longest line that is printed, characters. */
const MAX_SPOKEN = 4_096;
/** Longest command line, characters. */
const MAX_LINE = 400;

/**
 * The screen as lines: for screen readers, and for terminals that can do nothing but print. Events come as lines; a key
 * is typed by its name, followed by Enter. Enter alone reports how things stand.
 */
export function openScreenReader({ engine, terminal, input, output, now, keys = {} }: ScreenOptions): Screen {
  const store = createStore<ViewState>()(() => newViewState(now(), { keys }));
  const print = (lines: readonly string[]): void =>
    void output.write(lines.map((line) => `${cleanLine(line, MAX_SPOKEN)}\n`).join(''));
  const pager = (text: string): Promise<boolean> => {
    print(text.trimEnd().split('\n'));
    return Promise.resolve(true);
  };
  const session = createSession({ engine, store, terminal: { ...terminal, pager }, size: () => SIZE, now });
  const closed = Promise.withResolvers<undefined>();
  let isObeying = false;
  const obey = (line: string): void => {
    // An event of a moment ago is the present state.
    engine.commit();
    const before = store.getState();
    const command = line.trim();
    if (command === '' && keyContextOf(before) === 'panes') return print(standing(session.context()));
    isObeying = true;
    session.press(keysOf(command, before));
    isObeying = false;
    const { toast } = store.getState();
    print([...(toast !== null && toast !== before.toast ? [toast.text] : []), ...describe(session.context())]);
    dropReported(session);
  };
  store.subscribe((state, before) => {
    // The outcome of what was asked for before.
    const { toast } = state;
    if (!isObeying && toast !== null && toast !== before.toast) print([toast.text]);
    if (hasArrived(state, before)) print(describe(session.context()));
  });
  const stopReading = readLines(input, obey);
  const stopWatching = engine.store.subscribe((view, former) => {
    const text = describeAttachmentChange(view, former);
    if (text !== '') print([text]);
  });
  print(['sightline: events come as lines; type a key and Enter; ? lists the keys, Enter alone says how things stand']);
  const attached = describeAttachment(engine.store.getState());
  if (attached !== '') print([attached]);
  return {
    tick: (at) => session.dispatch({ type: 'tick', now: at }),
    pace: session.pace,
    onChange: session.onChange,
    log: (text) => print([text]),
    event: (line) => print([plainWords(line)]),
    toast: (text) => print([text]),
    caption: (text) => (text === null ? undefined : print([text])),
    choose: ({ keys: others }) => session.dispatch({ type: 'keys', keys: others }),
    // What is printed as lines is in no column.
    steady: () => undefined,
    leaving: (text) => print([text]),
    pointed: session.pointed,
    suspend: (work) => work(),
    close: () => {
      stopReading();
      stopWatching();
      closed.resolve(undefined);
    },
    closed: closed.promise,
  };
}

// Help and log are read from end to end: there is nothing left to turn or to close, and the next key is for what lies below.
function dropReported({ context, dispatch }: Session): void {
  const { view } = context();
  const keyContext = keyContextOf(view);
  if (keyContext === 'help' || keyContext === 'log') dispatch({ type: 'overlay', overlay: beneath(view.overlay) });
}

// A key by its name, or text where text is asked for.
function keysOf(command: string, view: ViewState): readonly string[] {
  if (command === '') return ['enter'];
  const isKey = bindingOf(keyContextOf(view), command, view.keys) !== undefined || isNamed(command);
  if (typingIn(view) !== null && !(isKey && typedBy(command) === null)) return Array.from(command, keyOf);
  return [command];
}

function isNamed(command: string): boolean {
  return Object.values(VIEWS).some(({ bindings }) => bindings.some(({ keys }) => keys.includes(command)));
}

function keyOf(character: string): string {
  return character === ' ' ? 'space' : character;
}

function readLines(input: NodeJS.ReadStream, obey: (line: string) => void): () => void {
  let rest = '';
  const onData = (chunk: string): void => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(-MAX_LINE);
    for (const line of lines) obey(line.slice(0, MAX_LINE));
  };
  input.setEncoding('utf8');
  input.on('data', onData);
  // A question before leaves it paused.
  input.resume();
  return () => void input.off('data', onData).pause();
}

/** Returns where we are, as text: what has the focus and what is selected, or what an overlay asks. */
export function describe(context: Context): readonly string[] {
  const { frozen } = context.view;
  if (frozen === null) return VIEWS[keyContextOf(context.view)].describe(context);
  return [
    `frozen, ${waitingText(waitingBehind(frozen, context.live))} since; space lets it go on`,
    ...VIEWS[keyContextOf(context.view)].describe(context),
  ];
}

/** Signs are not spoken. */
const SPOKEN = themeOf({ ascii: true, colour: false });

/** Returns how things stand: mode, what is wrong or about to act, each workspace. */
function standing({ live, view }: Context): readonly string[] {
  const alerts = alertsOf(live, view.now, SPOKEN).map(({ text }) => text);
  const { fleet } = live.model;
  const known = [
    counted(fleet.conversations, 'conversation'),
    counted(fleet.agents, 'agent'),
    counted(fleet.totals.calls, 'call'),
  ].join(', ');
  const attached = describeAttachment(live);
  return [
    ...(attached === '' ? [] : [attached]),
    `mode ${live.mode}; ${known}`,
    ...(alerts.length === 0 ? ['nothing is wrong'] : alerts),
    ...live.workspaces.map((workspace) => `workspace ${workspace.path}: ${lineOf(live, workspace, view.now).text}`),
  ];
}
