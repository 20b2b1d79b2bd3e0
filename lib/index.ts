export {NamespaceError, type NamespaceErrorFields} from './errors.js';
