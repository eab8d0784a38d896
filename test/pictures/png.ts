import { renderAsync } from '@resvg/resvg-js';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Pixels of the PNG for one of the SVG: sharp where a page shows it smaller than that on a dense screen. */
const ZOOM = 1.5;

/**
 * The fonts of every picture: an npm package, so that it looks the same on every machine. DejaVu has the lines, blocks and
 * signs of the screen, but no Chinese, Japanese or Korean: those come from Debian's fonts-noto-cjk or fonts-wqy-zenhei,
 * where one of them is installed, and are left blank elsewhere.
 */
const FONTS = join(dirname(fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/package.json'))), 'ttf');
const CJK_FONTS = ['/usr/share/fonts/opentype/noto', '/usr/share/fonts/truetype/wqy'];

/** The picture as PNG, half as large again as its SVG says. */
export async function rasterise(svg: string): Promise<Buffer> {
  const image = await renderAsync(svg, {
    fitTo: { mode: 'zoom', value: ZOOM },
    font: {
      loadSystemFonts: false,
      fontFiles: ['DejaVuSansMono', 'DejaVuSansMono-Bold', 'DejaVuSans'].map((name) => join(FONTS, `${name}.ttf`)),
      fontDirs: CJK_FONTS.filter((directory) => existsSync(directory)),
      defaultFontFamily: 'DejaVu Sans Mono',
      monospaceFamily: 'DejaVu Sans Mono',
    },
  });
  return image.asPng();
}
