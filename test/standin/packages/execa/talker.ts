// A program that execa runs, and that talks to it: node talker.js PACKAGE WHAT
import {once} from 'node:events';
import type {Execa} from './api.js';

const [, , name, what] = process.argv;
const {sendMessage, getOneMessage, getEachMessage, getCancelSignal} = (await import(name!)) as Execa;

switch (what) {
  case 'tell':
    console.log('told');
    await sendMessage('hello');
    break;
  case 'count':
    for (const number of [1, 2, 3]) await sendMessage(number);
    break;
  case 'echo':
    await sendMessage(await getOneMessage());
    break;
  case 'echo each':
    for await (const message of getEachMessage()) {
      await sendMessage(message);
      if (message === 'end') break;
    }
    break;
  case 'fail':
    await sendMessage('then');
    process.exitCode = 5;
    break;
  case 'disconnect':
    await sendMessage('last');
    process.disconnect();
    break;
  case 'wait for the end':
    process.once('disconnect', () => console.log('disconnected'));
    await sendMessage('ready');
    break;
  case 'graceful': {
    const signal = await getCancelSignal();
    const canceled = once(signal, 'abort');
    await sendMessage('ready');
    const busy = setInterval(() => {}, 1000);
    await canceled;
    clearInterval(busy);
    console.log('cleaned up');
    break;
  }
  case 'stubborn':
    await getCancelSignal();
    process.on('SIGTERM', () => {});
    setInterval(() => {}, 1000);
    await sendMessage('ready');
    break;
  default:
}
