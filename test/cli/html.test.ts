import assert from 'node:assert/strict';
import {accessSync, constants, mkdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {namespaceIds} from 'namespawn';
import type {Browser, Page} from 'playwright-core';
import {namespawn} from '../helpers/commands.js';
import {nestedPidNamespaces, nsPids, type Running} from '../helpers/namespaces.js';
import {descendantsOf} from '../helpers/processes.js';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(file => {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
});
const skip = executablePath === undefined && 'needs chromium';
/** The screenshots are kept, so that they can be looked at. They are in another directory if the checkout belongs to another user. */
const screenshots = [
  fileURLToPath(new URL('../../test-output/', import.meta.url)),
  path.join(tmpdir(), `namespawn-test-output-${process.geteuid!()}`),
].find(directory => {
  try {
    mkdirSync(directory, {recursive: true});
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
})!;
// The name of a process may look like markup. As $0 it is part of the command line.
const markup = '</script><img src=x onerror=document.title=1>';
let nested: Running;
let browser: Browser;
let page: Page;
const requests: string[] = [];
const problems: string[] = [];

before(async () => {
  if (skip) return;
  nested = await nestedPidNamespaces(2, `sleep 600 & sh -c 'sleep 600 & echo ready; wait' '${markup}'; wait`);
  const file = path.join(screenshots, `namespaces-${process.geteuid!()}.html`);
  namespawn('ls', '--html', file);
  // Chromium's own sandbox needs a user namespace, which containers often forbid. The page is trusted, so the sandbox is switched off.
  // A development dependency, which is not installed wherever tests run.
  const {chromium} = await import('playwright-core');
  browser = await chromium.launch({executablePath: executablePath!, args: ['--no-sandbox']});
  page = await browser.newPage({viewport: {width: 1280, height: 900}});
  page.on('request', request => requests.push(request.url()));
  page.on('pageerror', error => problems.push(error.message));
  page.on('console', message => problems.push(message.text()));
  await page.goto(pathToFileURL(file).href);
});
after(async () => {
  await browser?.close();
  await nested?.[Symbol.asyncDispose]();
});

test('the page draws nested boxes with the PIDs inside and outside', {skip}, async () => {
  const innermost = descendantsOf(nested.pid).filter(pid => nsPids(pid)?.length === 3);
  assert.ok(innermost.length >= 3);
  for (const pid of innermost) {
    const row = page.locator('tbody tr', {has: page.locator(`td:first-child:text-is("${pid}")`)});
    assert.equal(await row.locator('td:nth-child(2)').textContent(), nsPids(pid)!.slice(1).join(' · '));
    // The box is within the boxes of the namespaces above it.
    assert.equal(await row.locator('xpath=ancestor::details').count(), 3);
    const box = row.locator('xpath=ancestor::details[1]/summary');
    assert.match((await box.textContent())!, new RegExp(`pid:\\[${namespaceIds(pid).pid}\\]`));
  }
});

test('the page begins with what somebody has made, and the machine\u2019s own is folded', {skip}, async () => {
  const outermost = page.locator('#pid > details');
  const boxes = await outermost.locator(':scope > details > summary').allTextContents();
  assert.match(boxes[0]!, /pid:\[\d+\]/);
  assert.match(boxes.at(-1)!, /\d+ processes of the machine\u2019s own/);
  const machine = outermost.locator(':scope > .machine');
  assert.equal(await machine.getAttribute('open'), null);
  assert.equal(await machine.locator(`td:first-child:text-is("${process.pid}")`).isVisible(), false);
  assert.ok(await page.locator('tbody tr', {hasText: 'onerror'}).first().isVisible());
  // The namespaces of this process are in the folded box of its user namespace, and a nested PID namespace is not.
  const owned = page.locator('#user > details').first();
  const folded = owned.locator(':scope > .machine .owned');
  const {net} = namespaceIds(process.pid);
  assert.equal(await folded.locator('div', {hasText: `net:[${net}]`}).count(), 1);
  assert.equal(await folded.locator('div', {hasText: `pid:[${namespaceIds(nested.pid).pid_for_children}]`}).count(), 0);
});

test('the date is in the form of ISO 8601', {skip}, async () => {
  const time = page.locator('#where time');
  assert.match((await time.textContent())!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  const seconds = Date.parse((await time.getAttribute('datetime'))!) / 1000;
  assert.ok(Number.isInteger(seconds) && seconds > 1.7e9);
});

test('the page is usable at a width of 420 pixels', {skip}, async () => {
  await page.setViewportSize({width: 420, height: 900});
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 420);
  const row = page.locator('tbody tr', {hasText: 'onerror'}).first();
  const command = (await row.locator('td:nth-child(4)').boundingBox())!;
  assert.ok(command.width > 250, `the command has ${command.width} pixels`);
  for (const column of [1, 2, 3]) assert.ok((await row.locator(`td:nth-child(${column})`).boundingBox())!.width > 10);
  for (const id of ['search', 'fold', 'unfold']) {
    const box = (await page.locator(`#${id}`).boundingBox())!;
    assert.ok(box.x >= 0 && box.x + box.width <= 420, id);
  }
  await page.screenshot({path: path.join(screenshots, `namespaces-${process.geteuid!()}-narrow.png`), fullPage: true});
  await page.setViewportSize({width: 1280, height: 900});
});

test('the name of a process is shown as text', {skip}, async () => {
  assert.equal(await page.title(), 'Namespaces');
  assert.equal(await page.locator('img').count(), 0);
  assert.ok((await page.locator(`td:has-text("onerror")`).count()) >= 1);
});

test('the page can be searched', {skip}, async () => {
  const {pid} = nested;
  await page.locator('#search').fill(String(pid));
  await page.locator(`td:first-child:text-is("${pid}")`).waitFor({state: 'visible'});
  assert.equal(await page.locator('tbody tr:visible', {hasText: '[kthreadd]'}).count(), 0);
  assert.match((await page.locator('#matches').textContent())!, /^\d+ match/);
  // Words of plain English could all be parts of some long command line of this machine.
  await page.locator('#search').fill('no-process-has-this-name');
  assert.equal(await page.locator('tbody tr:visible').count(), 0);
  await page.locator('#search').fill('');
  assert.ok((await page.locator('tbody tr:visible').count()) > 3);
});

test('the page can be folded to its outermost level', {skip}, async () => {
  await page.locator('#fold').click();
  assert.equal(await page.locator('tbody tr:visible').count(), 0);
  const outermost = page.locator('#pid > details');
  assert.equal(await outermost.getAttribute('open'), '');
  assert.ok(await outermost.locator(':scope > details > summary', {hasText: 'pid:['}).first().isVisible());
  await page.locator('#unfold').click();
  assert.ok((await page.locator('tbody tr:visible').count()) > 3);
});

test('light and dark colours have enough contrast', {skip}, async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({colorScheme});
    const contrast = await page.evaluate(`(() => {
      const channels = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
      const luminance = text => channels(text)
        .map(value => value / 255)
        .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
      const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const background = element => {
        for (let at = element; at; at = at.parentElement) {
          const colour = getComputedStyle(at).backgroundColor;
          if (!/rgba\\(.*, 0(\\.\\d+)?\\)|transparent/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
      };
      return Math.min(...[...document.querySelectorAll('td, th, summary *, h1, h2, label, button, .dim')]
        .filter(element => element.textContent)
        .map(element => ratio(luminance(getComputedStyle(element).color), luminance(background(element)))));
    })()`);
    // WCAG 2, level AA.
    assert.ok(Number(contrast) >= 4.5, `${colorScheme}: contrast ${contrast}`);
    await page.screenshot({
      path: path.join(screenshots, `namespaces-${process.geteuid!()}-${colorScheme}.png`),
      fullPage: true,
    });
  }
});

test('the page uses no network, and causes no errors', {skip}, () => {
  assert.deepEqual(
    requests.map(url => new URL(url).protocol),
    ['file:'],
  );
  assert.deepEqual(problems, []);
});
