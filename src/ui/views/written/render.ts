import type { ConversationView } from '../../../core/model/types.ts';
import type { WrittenFile } from '../../../core/story.ts';
import type { Ms } from '../../../core/units.ts';
import type { Context } from '../../app/bindings.ts';
import { isDefaultOrder, listState, orderName, selectedIn } from '../../app/list.ts';
import { filterNote, nothingMatches, noteLines } from '../../app/list-notes.ts';
import { type Column, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, type Size } from '../../render/frame.ts';
import { type Line, ofRow, span } from '../../render/line.ts';
import { shortId } from '../../render/names.ts';
import type { Theme } from '../../render/theme.ts';
import { count, timeOfDay } from '../../render/values.ts';
import { clip, clipStart, widthOf } from '../../render/width.ts';
import { type Sheet, bodySheet, pageOfSheet } from '../../widgets/dialog.ts';
import { outside, windowStart } from '../../widgets/list.ts';
import { WRITTEN, writtenIn } from './rows.ts';
import { sumOf, writtenText } from './sum.ts';

/** The blank before the first column. */
const MARGIN = 1;

type Props = Pick<Context, 'view' | 'shown' | 'selected'> & { readonly size: Size; readonly theme: Theme };

/** Returns the files that the selected conversation wrote. */
export function writtenSheet(props: Props): Sheet {
  const { view, shown, selected, size, theme } = props;
  const { conversation } = selected;
  const files = WRITTEN.rows(shown);
  const inner = size.columns - FRAME_COLUMNS;
  const framed = {
    theme,
    title: titleOf(conversation, view, theme),
    right: rightOf(props),
  };
  if (files.length === 0) {
    const texts = nothingMatches(WRITTEN.filter(shown)) ?? [NOTHING];
    return bodySheet(size, { ...framed, lines: texts.flatMap((text) => noteLines(text, inner, theme)) });
  }
  const file = selectedIn(WRITTEN, shown);
  const index = file === null ? -1 : files.indexOf(file);
  const page = pageOfSheet(size);
  const { offset } = listState(view, WRITTEN.name);
  const start = windowStart(index, { count: files.length, offset, height: page });
  const visible = files.slice(start, start + page);
  const cwd = conversation?.session?.cwd ?? null;
  const columns = fitColumns(columnsOf(cwd, view.now, theme), inner - MARGIN);
  const margin = span(' '.repeat(MARGIN));
  return bodySheet(size, {
    ...framed,
    footLeft: NOT_TOLD,
    foot: outside(start, files.length - start - visible.length, theme),
    lines: [
      [margin, ...headLine(columns, theme.glyphs)],
      ...visible.flatMap((one): readonly Line[] => ofRow(one.path, [[margin, ...rowLine(columns, one, theme.glyphs)]])),
    ],
    selected: index === -1 ? -1 : 1 + index - start,
  });
}

const NOTHING = 'its tools wrote no file, as far as its records were read';
const NOT_TOLD = 'as its tools reported: what shell commands wrote is not recorded';

function titleOf(conversation: ConversationView | null, view: Props['view'], { glyphs }: Theme): string {
  if (conversation === null) return 'Files';
  const { agent, userQuery, session, conversationId } = conversation;
  const asked = userQuery ?? session?.title ?? shortId(conversationId);
  const files = writtenText(sumOf(writtenIn(view, conversation)), glyphs) || 'No file written';
  return `${files} by ${agent}: ${asked}`;
}

function rightOf({ shown, view }: Props): string {
  const order = isDefaultOrder(WRITTEN, view) ? 'last written first' : `by ${orderName(WRITTEN, view)}`;
  return [filterNote(WRITTEN.filter(shown)), order].filter(Boolean).join(' ');
}

/** The letter of what was done to a file, as in a checkpoint, and its tone. */
const OPERATIONS = {
  written: { letter: 'A', tone: 'good' },
  edited: { letter: 'M', tone: 'accent' },
  deleted: { letter: 'D', tone: 'critical' },
} as const;

function columnsOf(cwd: string | null, now: Ms, { glyphs }: Theme): readonly Column<WrittenFile>[] {
  const lines = (amount: number | null, sign: string): string =>
    amount === null ? glyphs.none : amount === 0 ? '' : `${sign}${count(amount)}`;
  return [
    {
      title: '',
      rank: 1,
      min: 1,
      max: 1,
      cell: ({ operation }) => ({ text: OPERATIONS[operation].letter, tone: OPERATIONS[operation].tone }),
    },
    {
      title: 'FILE',
      rank: 1,
      min: 20,
      good: 50,
      max: 300,
      cell: ({ path }, width) => ({ text: nameFirst(shownPath(path, cwd), width, glyphs.ellipsis) }),
    },
    { title: 'TIMES', rank: 3, min: 5, max: 5, align: 'start', cell: ({ times }) => ({ text: count(times) }) },
    {
      title: 'ADDED',
      rank: 1,
      min: 7,
      max: 7,
      align: 'start',
      cell: ({ added }) => ({ text: lines(added, '+'), tone: 'good' }),
    },
    {
      title: 'REMOVED',
      rank: 1,
      min: 7,
      max: 7,
      align: 'start',
      cell: ({ removed }) => ({ text: lines(removed, glyphs.minus), tone: 'critical' }),
    },
    {
      title: 'LAST',
      rank: 2,
      min: 10,
      max: 10,
      align: 'start',
      cell: ({ at }) => ({ text: at === null ? glyphs.none : timeOfDay(at, now), tone: 'dim' }),
    },
  ];
}

// Below the working folder its path is short.
function shownPath(path: string, cwd: string | null): string {
  return cwd !== null && path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}

// The name stands before its folder.
function nameFirst(path: string, width: number, ellipsis: string): string {
  const at = path.lastIndexOf('/');
  const name = clip(path.slice(at + 1), Math.max(8, width - 4), ellipsis);
  const rest = width - widthOf(name) - 2;
  const folder = at === -1 ? '' : path.slice(0, at) || '/';
  return folder === '' || rest < 4 ? name : `${name}  ${clipStart(folder, rest, ellipsis)}`;
}
