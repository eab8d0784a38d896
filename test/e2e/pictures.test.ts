import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { PALETTES } from '../pictures/palette.ts';
import { rasterise } from '../pictures/png.ts';
import { record } from '../pictures/recording.ts';
import { drawScreen } from '../pictures/svg.ts';

test('a picture of the running program can be made, as SVG with its words and as PNG', async () => {
  const env = cleanEnvironment();
  const place = tempDir();
  const command = [process.execPath, PROGRAM, '--source', `sqlite:${place}/nowhere`] as const;
  const recording = record({ command, columns: 80, rows: 24, cwd: place, env });
  onTestFinished(recording.kill);
  await recording.shows('Conversations');
  const svg = drawScreen(recording.screen(), PALETTES.light, 'sightline');
  writeFileSync(join(place, 'picture.png'), await rasterise(svg));
  expect(svg).toMatch(/<svg [^>]*width="744" height="480"/);
  expect(svg).toMatch(/<text [^>]*>[^<]*Conversations/);
  expect(sizeOfPng(readFileSync(join(place, 'picture.png')))).toEqual({ width: 1_116, height: 720 });
});

/** By the header that every PNG begins with; throws where it is none. */
function sizeOfPng(bytes: Buffer): { readonly width: number; readonly height: number } {
  if (bytes.toString('latin1', 1, 4) !== 'PNG' || bytes.toString('latin1', 12, 16) !== 'IHDR')
    throw new Error('no PNG');
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
