/**
 * Stands in for `node:process` in the built program (`--alias` in package.json). Importing the module itself makes Node
 * read every property of `process`, which makes its standard streams and its list of permitted flags. The bundler
 * reports a name that a package wants and that is missing here.
 */
// oxlint-disable-next-line import/no-default-export -- the module has one
export default process;

export const { env, execArgv, execPath, hrtime, platform } = process;
export const cwd = (): string => process.cwd();
