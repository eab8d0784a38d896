export { hostOfWorkspace, placeName, shortName, withShortNames } from '../../../wording/workspace-names.ts';
