// The option `dieWithParent`.
import {flagOr} from '../shared/validate.js';
import {setupFeature} from './feature.js';

export interface DieWithParentOptions {
  /**
   * Whether the command and its namespaces end when this process ends, in whatever way. Default: true, but false with `detached`. prctl(2)
   */
  dieWithParent?: boolean | undefined;
}

export const dieWithParent = setupFeature<DieWithParentOptions, boolean>({
  title: 'End of this process',
  isPartOfFrame: true,
  examples: {dieWithParent: false},
  resolve: (options, {detached}) => flagOr(!detached, options.dieWithParent, 'options.dieWithParent'),
  write(operations, value) {
    if (value === false) operations.setFlag('SURVIVES_NODE');
  },
});
