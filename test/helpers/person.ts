import type { Key } from 'ink';
import { createStore } from 'zustand/vanilla';
import type { Guest } from '../../src/core/guest.ts';
import { type Session, createSession } from '../../src/ui/app/session.ts';
import { newViewState } from '../../src/ui/app/reducer.ts';
import type { Size } from '../../src/ui/render/frame.ts';
import type { ViewState } from '../../src/ui/app/state.ts';
import { type ScreenWorld, settle } from './view.ts';

/** Somebody at the keys of a screen over this world, without a terminal. */
export type Person = {
  readonly session: Session;
  /** Presses keys by their names, one after the other. */
  readonly press: (...keys: string[]) => Promise<void>;
  /** What arrives when several characters are read in one go. */
  readonly chunk: (text: string) => Promise<void>;
  readonly paste: (text: string) => Promise<void>;
  readonly view: () => ViewState;
  readonly toast: () => string;
  readonly copied: string[];
  /** What was shown in a pager. */
  readonly read: string[];
  /** The shells and editors that the terminal was lent to. */
  readonly lent: Guest[];
  /** How often the screen was asked to leave or to suspend. */
  readonly asked: { quit: number; suspend: number };
};

export function personAt(world: ScreenWorld, size: Size = { columns: 120, rows: 34 }, pager = true): Person {
  const copied: string[] = [];
  const read: string[] = [];
  const lent: Guest[] = [];
  const asked = { quit: 0, suspend: 0 };
  const store = createStore<ViewState>()(() => newViewState(world.now));
  const session = createSession({
    engine: world.engine,
    store,
    terminal: {
      copy: (text) => copied.push(text) > 0,
      quit: () => void (asked.quit += 1),
      suspend: () => void (asked.suspend += 1),
      redraw: () => undefined,
      pager: async (text) => pager && read.push(text) > 0,
      lend: async (guest) => {
        lent.push(guest);
        return world.lends;
      },
    },
    size: () => size,
    now: () => world.now,
  });
  world.engine.commit();
  const after = async (act: () => void): Promise<void> => {
    act();
    await settle();
    world.engine.commit();
  };
  return {
    session,
    press: (...keys) => after(() => session.press(keys)),
    chunk: (text) => after(() => session.typed(text, NO_KEY)),
    paste: (text) => after(() => session.pasted(text)),
    view: () => store.getState(),
    toast: () => store.getState().toast?.text ?? '',
    copied,
    read,
    lent,
    asked,
  };
}

/** What Ink says of a chunk that is no single key. */
export const NO_KEY: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};
