export { shortName, withShortNames } from '../../../wording/workspace-names.ts';
