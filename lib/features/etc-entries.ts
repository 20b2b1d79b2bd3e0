// Files over those of /etc, for netns.exec(). It has no public option.
import {setupFeature} from './feature.js';
import {mountRefused} from './mount-refused.js';

/** The option: entries of a directory, by their names in /etc. A symbol, so that no option of a user's has its name. */
export const etcEntries = Symbol('etcEntries');

export interface EtcEntries {
  directory: string;
  names: readonly string[];
}

export const boundEtc = setupFeature<object, EtcEntries>({
  title: 'Files of a network namespace in /etc',
  examples: {},
  resolve: options => (options as {[etcEntries]?: EtcEntries})[etcEntries],
  write(operations, value) {
    for (const name of value?.names ?? []) {
      const path = `/etc/${name}`;
      operations.add({step: 'netns.etc', path}, 'BIND', [0], `${value?.directory}/${name}\0${path}`);
    }
  },
  causes: [
    ...mountRefused('netns.etc', 'an empty /etc/netns/NAME'),
    {
      steps: ['netns.etc'],
      code: 'ENOTDIR',
      why: 'the entry of /etc/netns/NAME and that of /etc are not both files, or not both directories',
      advice: 'make them of one kind',
    },
  ],
});
