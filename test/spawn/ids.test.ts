// The ids of the command: user namespaces and their maps, uid, gid, groups and capabilities.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {runInNamespace, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {finished} from '../helpers/finished.js';
import {leavesNothing} from '../helpers/leaks.js';
import {parseStatus} from '../helpers/processes.js';
import {needsRoot, needsUser} from '../helpers/requirements.js';
import {shell} from '../helpers/shell.js';

const uid = process.geteuid!();
const gid = process.getegid!();
const noCapability = '0000000000000000';

async function statusIn(options: SpawnOptions = {}): Promise<Record<string, string>> {
  return parseStatus((await runInNamespace('cat', ['/proc/self/status'], options)).stdout);
}

/** Returns the four ids of a field of /proc/PID/status. */
function four(id: number): string {
  return [id, id, id, id].join('\t');
}

describe('an ordinary user without any option', {skip: needsUser()}, () => {
  test('keeps its ids and has no capability', async () => {
    const status = await statusIn();
    assert.equal(status.Uid, four(uid));
    assert.equal(status.Gid, four(gid));
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) assert.equal(status[set], noCapability, set);
  });

  test('has the same ids inside and outside', async () => {
    assert.equal(await shell('id -u; id -g', {}), `${uid}\n${gid}`);
    assert.equal(await shell('cat /proc/self/uid_map | tr -s " "', {}), ` ${uid} ${uid} 1`);
  });

  test('may not become root', async () => {
    const child = await leavesNothing(() => finished(spawnInNamespace('true', [], {uid: 0})));
    assert.equal(child.error?.step, 'uid');
    assert.ok(['EPERM', 'EINVAL'].includes(child.error?.code ?? ''), child.error?.code);
  });

  test('may not map ids that are not its own', async () => {
    const uidMap = [{containerId: 0, hostId: 100_000, size: 65536}];
    const {error, events, code} = await leavesNothing(() => finished(spawnInNamespace('true', [], {uidMap})));
    assert.equal(error?.code, 'EPERM');
    assert.equal(error?.step, 'uidMap');
    assert.equal(error?.index, 0);
    assert.deepEqual(events, ['error', 'close']);
    assert.equal(code, error?.errno);
  });
});

describe('without a user namespace', {skip: needsRoot()}, () => {
  test('root keeps its capabilities', async () => {
    const outside = await statusIn({namespaces: []});
    const inside = await statusIn();
    assert.equal(inside.Uid, four(0));
    assert.equal(inside.CapEff, outside.CapEff);
    assert.equal(inside.CapAmb, noCapability);
  });

  test('uid and gid without groups drop the groups of root', async () => {
    const status = await statusIn({uid: 1234, gid: 2345});
    assert.equal(status.Uid, four(1234));
    assert.equal(status.Gid, four(2345));
    assert.equal(status.Groups?.trim(), '');
    for (const set of ['CapPrm', 'CapEff', 'CapAmb']) assert.equal(status[set], noCapability, set);
  });

  test('groups sets the supplementary groups', async () => {
    const status = await statusIn({uid: 1234, gid: 2345, groups: [5, 77_777, 4_294_967_294]});
    assert.equal(status.Groups?.trim(), '5 77777 4294967294');
    assert.equal((await statusIn({groups: []})).Groups?.trim(), '');
    const many = Array.from({length: 1000}, (_, index) => index + 10);
    assert.equal((await statusIn({groups: many})).Groups?.trim(), many.join(' '));
  });
});

describe("the map 'root'", () => {
  test('maps the caller to 0, and makes it root of its namespaces', async () => {
    assert.equal(await shell('id -u; id -g', {uidMap: 'root'}), '0\n0');
    const mounted = 'mount -t tmpfs none /mnt && echo inside > /mnt/file && cat /mnt/file';
    assert.equal(await shell(mounted, {uidMap: 'root'}), 'inside');
  });

  test('gives every capability in the namespace, and no ambient ones', async () => {
    const status = await statusIn({uidMap: 'root'});
    assert.notEqual(status.CapEff, noCapability);
    assert.equal(status.CapEff, status.CapPrm);
    assert.equal(status.CapAmb, noCapability);
    assert.equal(status.CapInh, noCapability);
  });

  test('denies setgroups', async () => {
    assert.equal(await shell('cat /proc/self/setgroups', {uidMap: 'root'}), 'deny');
  });

  test('works without an init, and without a PID namespace', async () => {
    assert.equal(await shell('id -u', {uidMap: 'root', init: false}), '0');
    assert.equal(await shell('id -u', {uidMap: 'root', namespaces: ['user']}), '0');
  });
});

describe('other maps', () => {
  test('one id can be mapped to any id', async () => {
    const options: SpawnOptions = {
      uidMap: [{containerId: 4711, hostId: uid, size: 1}],
      gidMap: [{containerId: 4712, hostId: gid, size: 1}],
    };
    assert.equal(await shell('id -u; id -g', options), '4711\n4712');
    const status = await statusIn(options);
    assert.equal(status.CapEff, noCapability);
  });

  test("'identity' keeps the ids of the caller", async () => {
    const options: SpawnOptions = {uidMap: 'identity', namespaces: ['user', 'pid', 'mnt']};
    assert.equal(await shell('id -u; id -g', options), `${uid}\n${gid}`);
  });

  test("a gidMap can be given in addition to uidMap 'root'", async () => {
    assert.equal(await shell('id -u; id -g', {uidMap: 'root', gidMap: 'identity'}), `0\n${gid}`);
  });

  test('ranges are written by Node', {skip: needsRoot()}, async () => {
    const uidMap = [
      {containerId: 0, hostId: 100_000, size: 1000},
      {containerId: 2000, hostId: 300_000, size: 10},
    ];
    const gidMap = [{containerId: 0, hostId: 200_000, size: 65536}];
    const options: SpawnOptions = {uidMap, gidMap};
    assert.equal(
      await shell("tr -s ' ' < /proc/self/uid_map; tr -s ' ' < /proc/self/gid_map", options),
      ' 0 100000 1000\n 2000 300000 10\n 0 200000 65536',
    );
    // The caller is not mapped, so the command has the first id of the map.
    const status = await statusIn(options);
    assert.equal(status.Uid, four(0));
    assert.equal(status.Gid, four(0));
    assert.notEqual(status.CapEff, noCapability);
    assert.equal(await shell('cat /proc/self/setgroups', options), 'allow');
    assert.equal(await shell('cat /proc/self/setgroups', {...options, setgroups: 'deny'}), 'deny');
  });

  test('ranges can be combined with uid, gid and groups', {skip: needsRoot()}, async () => {
    const map = [{containerId: 0, hostId: 100_000, size: 65536}];
    const status = await statusIn({uidMap: map, gidMap: map, uid: 1000, gid: 1001, groups: [1002, 1003]});
    assert.equal(status.Uid, four(1000));
    assert.equal(status.Gid, four(1001));
    assert.equal(status.Groups?.trim(), '1002 1003');
    assert.equal(status.CapEff, noCapability);
  });

  test('ranges determine the ids that are visible outside', {skip: needsRoot()}, async () => {
    const map = [{containerId: 0, hostId: 100_000, size: 65536}];
    const child = spawnInNamespace('cat', [], {uidMap: map, gidMap: map, uid: 7, gid: 8, namespaces: ['user', 'pid']});
    await new Promise(resolve => child.once('spawn', resolve));
    const status = parseStatus(
      (await runInNamespace('cat', [`/proc/${child.hostPid}/status`], {namespaces: []})).stdout,
    );
    assert.equal(status.Uid, four(100_007));
    assert.equal(status.Gid, four(100_008));
    child.stdin!.end();
    await finished(child);
  });

  test('340 ranges are accepted, the maximum of the kernel', {skip: needsRoot()}, async () => {
    // The numbers have few digits, because the text must be shorter than a page.
    const map = Array.from({length: 340}, (_, index) => ({containerId: index * 2, hostId: index * 2, size: 1}));
    assert.equal(await shell('wc -l < /proc/self/uid_map', {uidMap: map, gidMap: map}), '340');
  });

  test('a uid that is not mapped is refused', async () => {
    const {error} = await leavesNothing(() => finished(spawnInNamespace('true', [], {uidMap: 'root', uid: 1})));
    assert.equal(error?.code, 'EINVAL');
    assert.equal(error?.step, 'uid');
  });

  test('the error names the group that is not mapped', {skip: needsRoot()}, async () => {
    const uidMap = [{containerId: 0, hostId: 0, size: 10}];
    const options = {uidMap, gidMap: uidMap, groups: [1, 50, 2]};
    const {error} = await leavesNothing(() => finished(spawnInNamespace('true', [], options)));
    assert.deepEqual([error?.code, error?.step, error?.index], ['EINVAL', 'groups', 1]);
  });

  test('the error names the range that is not mapped outside', async () => {
    const script = `import('namespawn').then(({spawnInNamespace}) => {
      const map = [{containerId: 0, hostId: 0, size: 1}, {containerId: 1, hostId: 70000, size: 2}];
      const child = spawnInNamespace('true', [], {uidMap: map, gidMap: [map[0]]});
      child.on('error', ({code, step, index}) => console.log(code, step, index));
    })`;
    assert.equal((await runInNamespace(process.execPath, ['-e', script], {uidMap: 'root'})).stdout, 'EPERM uidMap 1\n');
  });

  test('groups are refused if setgroups is denied', async () => {
    const {error} = await leavesNothing(() => finished(spawnInNamespace('true', [], {uidMap: 'root', groups: [0]})));
    assert.equal(error?.code, 'EPERM');
    assert.equal(error?.step, 'groups');
  });
});

test('a map that the kernel refuses is reported with its step', {skip: needsRoot()}, async () => {
  // In a user namespace in which one id is mapped, no other id can be mapped further.
  const script = `
    const {spawnInNamespace} = await import('namespawn');
    const child = spawnInNamespace('true', [], {uidMap: [{containerId: 0, hostId: 1, size: 5}]});
    child.on('error', error => console.log(error.code, error.step, error.syscall));`;
  const {stdout} = await runInNamespace(process.execPath, ['--input-type=module', '-e', script], {uidMap: 'root'});
  assert.equal(stdout, 'EPERM uidMap write\n');
});

test('a command of a new user namespace has no capability outside', async () => {
  const {stdout} = await runInNamespace('sh', ['-c', 'hostname elsewhere 2>&1 || echo refused'], {uidMap: 'root'});
  assert.match(stdout, /refused/);
});
