// The file system of a command without an init, which its own process mounts.
import {commandFeature} from './feature.js';
import {writeMountOfProc} from './mount-proc.js';
import {mountsInCommand, writeMounts} from './mounts.js';
import {writeRoot, writeRootEnd} from './root.js';

export const fileSystemOfCommand = commandFeature({
  title: 'The file system without an init',
  examples: {},
  write(operations, _, {setup}) {
    if (setup.fileSystem === 'host' || !mountsInCommand(setup)) return;
    writeRoot(operations, setup);
    writeMountOfProc(operations, setup);
    writeMounts(operations, setup);
    writeRootEnd(operations);
  },
});
