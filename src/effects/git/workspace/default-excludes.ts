/**
 * The names that a snapshot leaves out by default: what can be had again by one command (dependencies, caches), never results or
 * what an agent may have written by hand. `.env`, `dist`, `build`, `coverage`, ignored files: all of them are kept. A name
 * alone is no proof: an agent would hide a folder by renaming it.
 *
 * The syntax is that of `.gitignore` (a trailing `/` means folders only, a `/` before the end anchors at the workspace,
 * `**` crosses folders) without `!`, and with three conditions: `NAME/ beside FILE` (FILE lies next to the folder),
 * `NAME/ holding FILE` (FILE lies in it; a `CACHEDIR.TAG` with its signature, a `pyvenv.cfg` with its home) and
 * `NAME/ only *.EXT` (nothing else lies in it). `.git` is always left out.
 */
export const DEFAULT_EXCLUDES: readonly string[] = [
  // Anything that calls itself a cache (bford.info/cachedir): cargo, pytest, mypy, ruff, tox, uv and many more.
  '*/ holding CACHEDIR.TAG',
  // JavaScript
  'node_modules/ beside package.json',
  'bower_components/ beside bower.json',
  'jspm_packages/ beside package.json',
  '.pnpm-store/ beside package.json',
  '.parcel-cache/ beside package.json',
  '.turbo/ beside package.json',
  '.cache/ beside package.json',
  '**/.next/cache/ beside package.json',
  '.nx/ beside nx.json',
  '.angular/ beside angular.json',
  // Python
  '*/ holding pyvenv.cfg',
  '__pycache__/ only *.pyc',
  '.tox/ beside tox.ini',
  '.nox/ beside noxfile.py',
  '.eggs/ beside setup.py',
  // Rust, Java and friends
  'target/ beside Cargo.toml',
  'target/ beside pom.xml',
  '.gradle/ beside settings.gradle',
  '.gradle/ beside settings.gradle.kts',
  '.gradle/ beside build.gradle',
  // Others
  '.dart_tool/ beside pubspec.yaml',
  '.stack-work/ beside stack.yaml',
  '.zig-cache/ beside build.zig',
  'zig-cache/ beside build.zig',
  'elm-stuff/ beside elm.json',
  'Pods/ beside Podfile',
  'DerivedData/ holding ModuleCache.noindex',
  '**/.terraform/providers/ holding registry.terraform.io',
  '**/.terraform/providers/ holding registry.opentofu.org',
];
