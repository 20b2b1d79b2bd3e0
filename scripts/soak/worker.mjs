// A Worker of the soak, which does its share and ends.
import {workerData} from 'node:worker_threads';
import {share} from './share.mjs';

await share(workerData);
