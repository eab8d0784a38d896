import type { WrittenFile } from '../../../core/story.ts';
import type { Glyphs } from '../../render/theme.ts';
import { count, counted } from '../../render/values.ts';

/** The number of some files, and the lines that were added and removed, as far as that is recorded. */
export type WrittenSum = { readonly files: number; readonly added: number; readonly removed: number };

/** Adds some files up. */
export function sumOf(files: readonly WrittenFile[]): WrittenSum {
  const sum = (of: (file: WrittenFile) => number | null): number =>
    files.reduce((all, file) => all + (of(file) ?? 0), 0);
  return { files: files.length, added: sum(({ added }) => added), removed: sum(({ removed }) => removed) };
}

/** Formats some files and the lines that were added and removed in them: `2 files written +12 −4`; '' for none. */
export function writtenText({ files, added, removed }: WrittenSum, { minus }: Pick<Glyphs, 'minus'>): string {
  if (files === 0) return '';
  const lines = [added === 0 ? '' : ` +${count(added)}`, removed === 0 ? '' : ` ${minus}${count(removed)}`].join('');
  return `${counted(files, 'file')} written${lines}`;
}
