import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeTree } from '../helpers/temp-dir.ts';

const root = resolve(import.meta.dirname, '../..');

/** A copy of the tree on which recipes of CONTRIBUTING.md are followed. */
function scratch(folder: string) {
  for (const name of [
    'src',
    'test',
    'build',
    'package.json',
    'tsconfig.json',
    'vitest.config.ts',
    'README.md',
    '.prettierrc.json',
  ]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const run = (...argv: readonly [string, ...string[]]) => {
    const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { cwd: folder, encoding: 'utf8' });
    expect({ argv, status, stdout: status === 0 ? '' : stdout + stderr }).toEqual({ argv, status: 0, stdout: '' });
    return stdout;
  };
  return {
    /** Puts a text before the first place where another stands, the one behind `after` where that is given. */
    insert: (file: string, before: string, text: string, after = '') => {
      const path = join(folder, file);
      const content = readFileSync(path, 'utf8');
      const start = content.indexOf(after);
      const at = content.indexOf(before, start);
      expect({ before, isThere: start !== -1 && at !== -1 }).toEqual({ before, isThere: true });
      writeFileSync(path, content.slice(0, at) + text + content.slice(at));
    },
    write: (file: string, text: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    /** The screens of a busy engine as this tree draws them, one pane focused in each. */
    frames: (sizes: readonly Frame[]) => {
      writeFileSync(join(folder, 'test/frame.test.ts'), frameTest(sizes));
      run('npx', 'vitest', 'run', '--project', 'unit', 'test/frame.test.ts');
      return sizes.map((_size, at) => readFileSync(join(folder, `frame-${at}.txt`), 'utf8'));
    },
    build: () => {
      run('npm', 'run', '-s', 'build:program');
      run('npm', 'run', '-s', 'manual');
      run('npm', 'run', '-s', 'build:manual');
    },
    // The tests name every value of the configuration, and are the developer's to complete.
    typecheck: () => {
      writeFileSync(join(folder, 'tsconfig.src.json'), '{ "extends": "./tsconfig.json", "include": ["src"] }');
      run('npx', 'tsc', '-p', 'tsconfig.src.json');
    },
    sightline: (...args: readonly string[]) => run(process.execPath, 'dist/cli.js', ...args),
    read: (file: string) => readFileSync(join(folder, file), 'utf8'),
  };
}

type Frame = { readonly focus: string; readonly columns: number };

function frameTest(sizes: readonly Frame[]): string {
  return `
import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { pictureOf } from './helpers/picture.tsx';
import { calm } from './helpers/screen-stories.ts';
test('draws frames', async () => {
  const world = await calm();
  for (const [at, { focus, columns }] of ${JSON.stringify(sizes)}.entries())
    writeFileSync('frame-' + at + '.txt', pictureOf(world, { columns, rows: 30, view: { focus, zoomed: true } }));
});
`;
}

const MODELS_VIEW = `
import type { EngineView } from '../../../engine/types.ts';
import { type TableColumn, columnsFor, searchTable } from '../../widgets/column-table.ts';
import { byText, listOf } from '../../app/list.ts';
import { paneOf } from '../../app/view.ts';
import { fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, frame } from '../../render/frame.ts';
import { listFrame } from '../../app/list-notes.ts';

const COLUMNS: readonly TableColumn<string>[] = [
  { title: 'MODEL', rank: 1, min: 8, max: 40, cell: (model) => ({ text: model }), search: (model) => model, fields: ['model'] },
];

const modelsOf = (view: EngineView): readonly string[] => [
  ...new Set(view.model.conversations.flatMap(({ models }) => models)),
];

export const modelsPane = paneOf(
  listOf<string>({
    name: 'models',
    title: 'models',
    rows: ({ view }) => modelsOf(view),
    idOf: (model) => model,
    orders: [
      { name: 'latest', compare: null },
      { name: 'name', compare: byText },
    ],
    searchFields: (row, view) => searchTable(COLUMNS, row, view),
  }),
  {
    hotkey: '8',
    tab: 'Models',
    badge: (view) => ({ count: modelsOf(view).length, isMarked: false }),
    render: (props) => {
      const columns = fitColumns(columnsFor(COLUMNS, props), props.width - FRAME_COLUMNS);
      const { glyphs } = props.theme;
      return frame({
        ...listFrame(props, { name: 'Models', listed: props.rows.length, all: modelsOf(props.view).length }),
        lines: [headLine(columns, glyphs), ...props.rows.map((row) => rowLine(columns, row, glyphs))],
      });
    },
    describe: (model) => model,
  },
);
`;

const NOTES_VIEW = `
import { CLOSE, viewAction, viewBinding } from '../../app/bindings.ts';
import type { ViewState } from '../../app/state.ts';
import { overlayView } from '../../app/view.ts';
import { span } from '../../render/line.ts';
import { boxed } from '../../widgets/dialog.ts';

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly notes: { readonly page: number };
  }
  interface ViewSlices {
    readonly notes: string;
  }
  interface ViewChanges {
    readonly notes: string;
  }
}

export const notesView = overlayView('notes', {
  title: 'notes',
  shares: 'views',
  initialState: 'none yet',
  reduce: (state: ViewState, notes: string): ViewState => ({ ...state, notes }),
  openers: [
    viewBinding({ keys: ['#'], id: 'notes', label: 'notes', help: 'notes of the shift' }, () =>
      viewAction({ type: 'overlay', overlay: { type: 'notes', page: 0 } }),
    ),
  ],
  bindings: [viewBinding({ keys: ['escape'], id: 'close', label: 'close', help: 'close' }, () => viewAction(CLOSE))],
  render: ({ page }, { view }, size, theme) =>
    boxed({ title: 'Notes ' + String(page), lines: [[span(view.notes)]], size, theme }),
  describe: (_, { view }) => [view.notes],
});
`;

// All recipes are followed on one tree, which is built, drawn and type-checked once: each takes seconds of both processors.
describe('the recipes of CONTRIBUTING.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-test-'));
  const tree = scratch(folder);

  afterAll(() => removeTree(folder));

  beforeAll(() => {
    tree.insert(
      'src/config/options.ts',
      '  debounce: row(',
      "  volume: row({ type: 'count', max: 11 }, 'screen.volume', 3, { key: 'ui.volume', help: 'loudness of the bell' }),\n",
    );
    tree.insert(
      'src/index.ts',
      'export',
      "import type { Config } from './config/config.ts';\nexport const volume = (config: Config): number => config.screen.volume;\n",
    );
    tree.insert(
      'src/core/interruptions.ts',
      '  agent_crash: {',
      "  disk_melted: { severity: 'critical', action: 'checkpoint', episodic: false, detail: [] },\n",
    );
    tree.write('src/ui/views/models/view.ts', MODELS_VIEW);
    const views = 'src/ui/app/views.ts';
    tree.insert(views, 'import { planView }', "import { modelsPane } from '../views/models/view.ts';\n");
    tree.insert(views, '];', ', modelsPane', 'export const PANES');
    // A view over the panes, with a state of its own: the registry asks for both of its parts.
    tree.write('src/ui/views/notes/view.ts', NOTES_VIEW);
    tree.insert(views, 'import { planView }', "import { notesView } from '../views/notes/view.ts';\n");
    tree.insert(views, '};', '  notes: notesView,\n', 'const OVERLAYS');
    tree.insert(
      'src/ui/views/conversations/render.ts',
      "  {\n    title: 'MODEL',",
      "  { title: 'SESSION', rank: 2, min: 7, max: 9, cell: ({ conversation: { sessionId } }) => ({ text: sessionId ?? 'none' }) },\n",
    );
    tree.build();
  }, 120_000);

  test('an option is one row: flag, variable, file, schema, manual', () => {
    expect(tree.sightline('--help')).toMatch(/--volume <name> +loudness of the bell/u);
    expect(tree.sightline('completion', 'bash')).toContain('--volume');
    expect(JSON.parse(tree.sightline('config', '--schema'))).toMatchObject({
      properties: { ui: { properties: { volume: { type: 'integer', maximum: 11 } } } },
    });
    expect(tree.sightline('config')).toMatch(/^ {4}"volume": 3, \/\/ default$/mu);
    expect(tree.sightline('help', 'configuration')).toContain('`ui.volume`');
  });

  test('an interruption type is one row: policy, severity, words, manual', () => {
    expect(tree.read('src/manual/signals.md')).toMatch(/`disk_melted`: critical, checkpoint/u);
    expect(tree.sightline('help', 'signals')).toContain('disk_melted');
  });

  test('a view, beside the others or over them, is one folder and one line: its key, its tab, its pane, its state', () => {
    expect(tree.sightline('keys')).toMatch(/^ +8 +models +models$/mu);
    expect(tree.sightline('keys')).toMatch(/^ +# +notes +notes of the shift$/mu);
  });

  test('a view and a column of one, which is one entry of its table, are drawn', () => {
    const [narrow, wide, conversations] = tree.frames([
      { focus: 'models', columns: 96 },
      { focus: 'models', columns: 120 },
      { focus: 'conversations', columns: 160 },
    ]);
    expect(narrow).toMatch(/▸8 Models \d+/u);
    expect(wide).toMatch(/\[8\] Models \d+ .*\n│ MODEL/u);
    expect(conversations).toMatch(/AGENT .*SESSION/u);
  });

  test('what the recipes made type-checks', () => {
    tree.typecheck();
  });
});
