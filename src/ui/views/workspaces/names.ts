export { hostOfWorkspace, shortName, withShortNames } from '../../../wording/workspace-names.ts';
