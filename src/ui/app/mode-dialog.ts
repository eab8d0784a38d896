import { HOLD_GRACE_MS } from '../../core/limits.ts';
import { MODES, type Mode } from '../../core/signals.ts';
import type { EngineView } from '../../engine/types.ts';
import { type Line, cell, chip, span } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';
import { configured } from '../render/values.ts';
import { clipStart } from '../render/width.ts';
import { shortName } from '../views/workspaces/names.ts';
import { DIALOG_INNER, type Sheet, dialog } from '../widgets/dialog.ts';
import type { Size } from '../render/frame.ts';
import { MODE_KEYS } from './keys/mode.ts';
import { viewOfHost } from '../views/hosts/cursor.ts';
import { overlayView } from './view.ts';

/** Workspaces that are listed, at most; more are counted. */
const MAX_LISTED = 6;
/** Agents that are named of a workspace. */
const MAX_AGENTS = 2;
const WIDTHS = { name: 10, folder: 19, maker: 15 } as const;

/** Shows the modes, and where each agent's checkpoints would go before anything is raised. */
export function modeSheet(view: EngineView, chosen: Mode, size: Size, theme: Theme, host?: string): Sheet {
  const { glyphs } = theme;
  const grace = configured(view.mode === 'hold' ? view.graceMs : HOLD_GRACE_MS);
  const about: Readonly<Record<Mode, Line>> = {
    observe: [span('shows what it would do; takes no checkpoint')],
    // Where the chip begins with a blank of its own, that is the blank between the words.
    hold: [
      span(`announces each checkpoint, takes it after${glyphs.chip[0] === ' ' ? '' : ' '}`),
      ...chip(grace, theme),
    ],
    auto: [span('takes each checkpoint at once; raising to it asks y/n')],
  };
  const modes = MODES.map((mode): Line => {
    const sign = mode === chosen ? (theme.ascii ? '(*)' : '(•)') : '( )';
    return [
      span(` ${sign} `),
      span(mode.toUpperCase().padEnd(9), mode === view.mode ? 'strong' : 'plain'),
      ...about[mode],
    ];
  });
  const head: Line = [
    span(
      ` ${'WORKSPACE'.padEnd(WIDTHS.name)}${'FOLDER'.padEnd(WIDTHS.folder)}${'MADE WITH'.padEnd(WIDTHS.maker)}AGENTS`,
      'dim',
    ),
  ];
  const rows = view.workspaces.slice(0, MAX_LISTED).map(({ path, folder, agents, availability }): Line => {
    const made = availability.version === null ? availability.name : `${availability.name} ${availability.version}`;
    const more = agents.length - MAX_AGENTS;
    const who =
      agents.length === 0 ? 'no agent yet' : `${agents.slice(0, MAX_AGENTS).join(', ')}${more > 0 ? `, +${more}` : ''}`;
    return [
      span(' '),
      cell(shortName(path, view), WIDTHS.name - 1, { glyphs }),
      span(' '),
      cell(clipStart(folder?.path ?? path, WIDTHS.folder - 2, glyphs.ellipsis), WIDTHS.folder - 1, { glyphs }),
      span(' '),
      cell(made, WIDTHS.maker - 1, { glyphs }),
      span(' '),
      cell(who, DIALOG_INNER - WIDTHS.name - WIDTHS.folder - WIDTHS.maker - 1, { glyphs }),
    ];
  });
  const more = view.workspaces.length - rows.length;
  const known = new Set(view.workspaces.flatMap(({ agents }) => agents));
  const none = view.model.agents.map(({ name }) => name).filter((name) => !known.has(name));
  return dialog({
    title: host === undefined ? 'Mode' : `Mode of ${host}`,
    footLeft: 'Enter set',
    foot: `j k choose ${glyphs.dot} Esc cancel`,
    lines: [
      [],
      ...modes,
      [],
      head,
      ...rows,
      ...(more > 0 ? [[span(` and ${more} more workspaces`, 'dim')]] : []),
      ...(none.length > 0
        ? [
            [
              span(
                ` ${'none'.padEnd(WIDTHS.name)}${'never saved'.padEnd(WIDTHS.folder + WIDTHS.maker)}${nameFew(none)}`,
                'dim',
              ),
            ],
          ]
        : []),
    ],
    selected: 1 + MODES.indexOf(chosen),
    size,
    theme,
  });
}

function nameFew(names: readonly string[]): string {
  const more = names.length - MAX_AGENTS;
  return `${names.slice(0, MAX_AGENTS).join(', ')}${more > 0 ? `, +${more}` : ''}`;
}

declare module './state.ts' {
  interface OverlayStates {
    /** The mode that Enter sets. */
    readonly mode: {
      readonly mode: Mode;
      /** The host of a fleet whose mode it is; left out for the engine that is shown. */
      readonly host?: string;
    };
  }
}

/** The choice of the mode. */
export const modeView = overlayView('mode', {
  title: 'the mode',
  bindings: MODE_KEYS,
  render: ({ mode, host }, { live }, size, theme) =>
    modeSheet(viewOfHost(live, host), mode, size, theme, host ?? live.attachment?.host),
  describe: ({ mode, host }, { live }) => [
    `${host === undefined ? '' : `${host}: `}mode ${viewOfHost(live, host).mode}; chosen: ${mode}; enter sets it, up and down choose, escape cancels`,
  ],
});
