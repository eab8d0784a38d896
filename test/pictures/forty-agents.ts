/** Prints the scene of forty agents at `COLUMNS ROWS [light]`, as it is drawn in a terminal. `crowd.ts` bundles and runs it. */
import { themeOf } from '../../src/ui/render/theme.ts';
import { fortyAgents } from '../helpers/forty-agents.ts';
import { pictureOf } from '../helpers/picture.tsx';

const [columns, rows, variant] = process.argv.slice(2);
if (columns === undefined || rows === undefined) throw new Error('expected COLUMNS ROWS [light]');
const theme = themeOf({ ascii: false, colour: true, variant: variant === 'light' ? 'light' : 'dark' });
process.stdout.write(pictureOf(await fortyAgents(), { columns: Number(columns), rows: Number(rows), theme }));
