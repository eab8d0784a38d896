// npm run screenshots [FOLDER]: makes all pictures from the built program, into screenshots/ by default.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawAnimation } from './animation.ts';
import { PALETTES } from './palette.ts';
import { fileOf, FILES, FILM, type Take, TAKES } from './plan.ts';
import { rasterise } from './png.ts';
import { LARGE, observeToAct } from './scenes.ts';
import { drawScreen } from './svg.ts';

/** Worlds that are played side by side: more would keep each other from their countdowns. */
const SIDE_BY_SIDE = 3;

const [folder = 'screenshots'] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const made: string[] = [];

const jobs = [film, ...TAKES.map((take) => () => shoot(take))];
for (let first = 0; first < jobs.length; first += SIDE_BY_SIDE) {
  const running = jobs.slice(first, first + SIDE_BY_SIDE).map((job) => job());
  // One that fails must not keep the others from taking away what they made.
  await Promise.allSettled(running);
  await Promise.all(running);
}
const missing = FILES.filter((file) => !made.includes(file));
if (missing.length > 0) throw new Error(`not made: ${missing.join(', ')}`);

async function film(): Promise<void> {
  const title = 'From watching to acting: a storm is only watched, then the person arms sightline, and it acts';
  await save(FILM, drawAnimation(await observeToAct(LARGE), PALETTES.dark, title));
}

async function shoot({ scene, size, stills }: Take): Promise<void> {
  for (const { name, title, screen } of await scene(size)) {
    for (const palette of stills[name] ?? []) {
      const svg = drawScreen(screen, PALETTES[palette], title);
      await save(`${fileOf(name, size, palette)}.svg`, svg);
      await save(`${fileOf(name, size, palette)}.png`, await rasterise(svg));
    }
  }
}

async function save(name: string, content: string | Buffer): Promise<void> {
  await writeFile(join(folder, name), content);
  made.push(name);
  process.stdout.write(`${join(folder, name)}: ${Math.ceil(content.length / 1_024)} KB\n`);
}
