/**
 * What a snapshot leaves out by default: what can be had again by one command (dependencies, caches), never results or
 * what an agent may have written by hand. `.env`, `dist`, `build`, `coverage`, ignored files: all of them are kept.
 *
 * The syntax is that of `.gitignore` (a trailing `/` means folders only, a `/` before the end anchors at the workspace,
 * `**` crosses folders) without `!`, and with two conditions: `NAME/ beside FILE` (FILE lies next to the folder) and
 * `NAME/ holding FILE` (FILE lies in it). `.git` is always left out.
 */
export const DEFAULT_EXCLUDES: readonly string[] = [
  // Anything that calls itself a cache (bford.info/cachedir): cargo, pytest, mypy, ruff, uv and many more.
  '*/ holding CACHEDIR.TAG',
  '.cache/',
  // JavaScript
  'node_modules/',
  'bower_components/',
  'jspm_packages/',
  '.pnpm-store/',
  '.parcel-cache/',
  '.turbo/',
  '.sass-cache/',
  '**/.next/cache/',
  '**/.nx/cache/',
  '**/.angular/cache/',
  '.eslintcache',
  '.stylelintcache',
  // Python
  '*/ holding pyvenv.cfg',
  '.venv/',
  'venv/',
  '__pycache__/',
  '.pytest_cache/',
  '.mypy_cache/',
  '.ruff_cache/',
  '.tox/',
  '.nox/',
  '.hypothesis/',
  '.eggs/',
  // Rust, Java and friends
  'target/ beside Cargo.toml',
  'target/ beside pom.xml',
  '.gradle/',
  // Others
  '.dart_tool/',
  '.stack-work/',
  '.ccls-cache/',
  '.zig-cache/',
  'zig-cache/',
  'elm-stuff/',
  'Pods/ beside Podfile',
  'DerivedData/',
  '**/.terraform/providers/',
  // Desktops
  '.DS_Store',
  'Thumbs.db',
];
