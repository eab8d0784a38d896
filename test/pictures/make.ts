// npm run screenshots [FOLDER]: makes all pictures from the built program, into screenshots/ by default.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawAnimation } from './animation.ts';
import { PALETTES, type PaletteName } from './palette.ts';
import { rasterise } from './png.ts';
import { deeper, held, LARGE, observeToAct, SMALL, troubled, type Still } from './scenes.ts';
import { drawScreen } from './svg.ts';

const [folder = 'screenshots'] = process.argv.slice(2);
await mkdir(folder, { recursive: true });

const scenes = [troubled(LARGE), troubled(SMALL), held(LARGE), deeper(LARGE), observeToAct(LARGE)] as const;
// One that fails must not keep the others from taking away what they made.
await Promise.allSettled(scenes);
const [large, small, holding, views, film] = await Promise.all(scenes);
for (const still of large) await draw(still, still.name === 'overview' ? ['dark', 'light'] : ['dark']);
for (const still of small) if (still.name === 'overview') await draw(still, ['dark', 'light']);
for (const still of [...holding, ...views]) await draw(still, ['dark']);
const title = 'From watching to acting: a storm is only watched, then the person arms sightline, and it acts';
await save('observe-to-act.svg', drawAnimation(film, PALETTES.dark, title));

async function draw({ name, title: what, screen }: Still, palettes: readonly PaletteName[]): Promise<void> {
  for (const palette of palettes) {
    const svg = drawScreen(screen, PALETTES[palette], what);
    const file = `${name}-${screen.columns}x${screen.rows}-${palette}`;
    await save(`${file}.svg`, svg);
    await save(`${file}.png`, await rasterise(svg));
  }
}

async function save(name: string, content: string | Buffer): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, content);
  process.stdout.write(`${file}: ${Math.ceil(content.length / 1_024)} KB\n`);
}
