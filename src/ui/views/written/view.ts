import { closeList } from '../../app/keys/closing.ts';
import { type Editable, editorAt, SHELL } from '../../app/keys/guests.ts';
import { FILTER, ORDER } from '../../app/keys/lists.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import { type Binding, type Context, disabled, enabled, viewBinding } from '../../app/bindings.ts';
import { selectedIn } from '../../app/list.ts';
import { overlayView } from '../../app/view.ts';
import { themeOf } from '../../render/theme.ts';
import { writtenSheet } from './render.ts';
import { WRITTEN, writtenIn } from './rows.ts';
import { sumOf, writtenText } from './sum.ts';

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly written: unknown;
  }
}

const SPOKEN = themeOf({ ascii: true, colour: false }).glyphs;
const EDITOR = editorAt(selectedFile);

/** The bindings of the files that a conversation wrote. */
const WRITTEN_KEYS: readonly Binding[] = [
  { ...EDITOR, keys: [...EDITOR.keys, 'enter'] },
  SHELL,
  {
    keys: ['y'],
    kind: 'view',
    id: 'copy-id',
    label: 'copy path',
    help: 'copy the path',
    footer: true,
    availability: ({ shown }) => (selectedIn(WRITTEN, shown) === null ? disabled('no file is selected') : enabled()),
    run: ({ shown }) => {
      const file = selectedIn(WRITTEN, shown);
      return file === null ? [] : [{ type: 'copy', text: file.path, what: 'path' }];
    },
  },
  FILTER,
  ORDER,
  ...STEPPING,
  viewBinding({ keys: ['escape', 'F'], id: 'back', label: 'back', help: 'drop the filter, then back' }, closeList),
];

// A tool names it as it likes: from the root, or from the folder that it worked in.
function selectedFile({ shown, selected: { conversation }, target: { workspace } }: Context): Editable {
  const file = selectedIn(WRITTEN, shown);
  if (file === null) return { reason: 'no file is selected' };
  if (file.operation === 'deleted') return { reason: 'it was deleted' };
  const cwd = conversation?.session?.cwd ?? null;
  const isWhole = file.path.startsWith('/') || cwd === null;
  return { workspace, file: isWhole ? file.path : `${cwd}/${file.path}` };
}

/** The files that the tools of a conversation wrote, over its calls. */
export const writtenView = overlayView('written', {
  title: 'the files of a conversation',
  list: WRITTEN,
  shares: 'help',
  isWhole: true,
  bindings: WRITTEN_KEYS,
  render: (_, context, size, theme) => writtenSheet({ ...context, size, theme }),
  describe: (_, { shown, selected: { conversation }, view }) => {
    const file = selectedIn(WRITTEN, shown);
    const files = WRITTEN.rows(shown);
    if (file === null || conversation === null) return ['no file is listed; escape goes back'];
    const lines = file.added === null ? '' : `, ${file.added} lines added, ${file.removed ?? 0} removed`;
    return [
      `${writtenText(sumOf(writtenIn(view, conversation)), SPOKEN)}; file ${files.indexOf(file) + 1} of ${files.length}: ${file.path}, ${file.operation}${lines}; E opens it in an editor, escape goes back`,
    ];
  },
});
