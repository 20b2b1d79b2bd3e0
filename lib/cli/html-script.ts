// The script of the page that `namespawn ls --html` writes. It inserts all text as text nodes, never as markup.

/** JavaScript that runs in the browser. */
export const pageScript = `
const data = JSON.parse(document.getElementById('data').textContent);
const types = ['user', 'mnt', 'net', 'ipc', 'uts', 'cgroup', 'time'];
const byId = id => document.getElementById(id);
const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter(child => child !== undefined));
  return made;
};
const hue = id => String((id * 137) % 360);
const isKernelThread = process => process.pids.length === 1 && /^\\[/.test(process.command) && !/defunct/.test(process.command);

// The machine's own namespaces say little about a process that lives there.
const isOfMachine = (type, id) => data.machine[type] === id;

// A box for what is the machine's own. It is folded at first.
function machineBox(text, ...content) {
  const box = element('details', {className: 'machine'}, element('summary', {}, element('span', {}, text)), ...content);
  box.dataset.text = '';
  return box;
}

function chip(type, id) {
  const made = element('button', {className: 'chip', type: 'button', title: type + ':[' + id + ']: show all that live there'},
    type + ' ' + String(id).slice(-5));
  made.style.setProperty('--hue', hue(id));
  made.onclick = () => { byId('search').value = type + ':[' + id + ']'; search(); };
  return made;
}

function row(process) {
  const {pid, pids, user, namespaceUid, command, namespaces, readable} = process;
  const chips = types.filter(type => namespaces[type] !== undefined && !isOfMachine(type, namespaces[type]))
    .map(type => chip(type, namespaces[type]));
  const who = namespaceUid === undefined || pids.length === 1 ? user : user + ' (' + namespaceUid + ' inside)';
  const made = element('tr', {}, element('td', {}, String(pid)), element('td', {title: 'on all levels: ' + pids.join(', ')},
    pids.length > 1 ? pids.slice(1).join(' · ') : ''), element('td', {}, who), element('td', {title: command}, command),
    element('td', {}, ...chips, ...(readable ? [] : [element('span', {className: 'dim'}, 'not ours to inspect')])));
  made.dataset.text = [pids.join(' '), user, command, ...Object.entries(namespaces)
    .map(([type, id]) => type + ':[' + id + ']')].join(' ').toLowerCase();
  made.dataset.kernel = isKernelThread(process) ? '1' : '';
  return made;
}

function kept({references}) {
  return references.map(reference => reference.kind === 'fd' ? 'held by fd ' + reference.fd + ' of ' + reference.pid
    : reference.kind === 'mount' ? 'mounted on ' + reference.path
    : reference.kind === 'children' ? 'for the children of ' + reference.pid
    : reference.kind === 'thread' ? 'thread ' + reference.tid + ' of ' + reference.pid
    : 'above ' + reference.type + ':[' + reference.id + ']').join(', ');
}
const plural = count => count + (count === 1 ? ' process' : ' processes');

function pidBox(node, level) {
  const notes = [element('b', {}, 'pid:[' + node.id + ']'), element('span', {}, plural(node.processes)),
    node.owner === undefined ? undefined : element('span', {className: 'dim'}, 'owned by user:[' + node.owner + ']'),
    level === 0 ? undefined : element('span', {className: 'dim'}, 'level ' + level)];
  const box = element('details', {open: true}, element('summary', {}, ...notes));
  box.dataset.text = ('pid:[' + node.id + ']').toLowerCase();
  // What somebody has made comes first, and the machine's own last.
  box.append(...node.children.map(child => pidBox(child, level + 1)));
  const members = processTable(node.members, level);
  if (node.members.length === 0) box.append(element('div', {className: 'dim kept'}, kept(node)));
  else if (isOfMachine('pid', node.id)) box.append(machineBox(plural(node.members.length) + ' of the machine\u2019s own', members));
  else box.append(members);
  return box;
}

function processTable(members, level) {
  const titles = ['PID', level === 0 ? '' : 'inside', 'User', 'Command', 'Namespaces of its own'];
  return element('table', {}, element('thead', {}, element('tr', {},
    ...titles.map(title => element('th', {scope: 'col'}, title)))), element('tbody', {}, ...members.map(row)));
}

function userBox(node) {
  const maker = node.ownerUid === undefined ? undefined : element('span', {className: 'dim'}, 'made by user ' + node.ownerUid);
  const box = element('details', {open: true}, element('summary', {}, element('b', {}, 'user:[' + node.id + ']'),
    element('span', {}, plural(node.processes)), maker, element('span', {className: 'dim'},
    node.processes > 0 ? 'from ' + node.pid + ' ' + node.command : kept(node))));
  box.dataset.text = ('user:[' + node.id + '] ' + node.command).toLowerCase();
  const cards = node.owned.map(owned => {
    const text = owned.processes > 0 ? plural(owned.processes) + ', from ' + owned.pid + ' ' + owned.command : kept(owned);
    const card = element('div', {title: text}, element('b', {}, owned.type + ':[' + owned.id + ']'), ' ' + text);
    card.style.setProperty('--hue', hue(owned.id));
    card.dataset.text = (owned.type + ':[' + owned.id + '] ' + text).toLowerCase();
    return card;
  });
  const isOwn = (_, index) => isOfMachine(node.owned[index].type, node.owned[index].id);
  const [own, made] = [cards.filter(isOwn), cards.filter((card, index) => !isOwn(card, index))];
  const list = chosen => element('div', {className: 'owned'}, ...chosen);
  box.append(...node.children.map(userBox));
  if (made.length > 0) box.append(list(made));
  const count = own.length + (own.length === 1 ? ' namespace' : ' namespaces');
  if (own.length > 0) box.append(machineBox(count + ' of the machine\u2019s own', list(own)));
  return box;
}

byId('where').append(data.host + ', ', element('time', {dateTime: data.date}, data.date.replace('T', ' ').replace('Z', ' UTC')));
byId('pid').append(...data.pid.map(node => pidBox(node, 0)));
byId('user').append(...data.user.map(userBox));

function search() {
  const words = byId('search').value.toLowerCase().split(/\\s+/).filter(Boolean);
  const kernel = byId('kernel').checked;
  let matches = 0;
  const show = (item, own) => {
    const hidden = !own || (item.dataset.kernel === '1' && !kernel);
    item.classList.toggle('hidden', hidden);
    return !hidden;
  };
  const matching = item => words.every(word => item.dataset.text.includes(word));
  const visit = (box, all) => {
    const whole = all || (words.length > 0 && matching(box));
    let any = whole || words.length === 0;
    for (const item of box.querySelectorAll(':scope > table > tbody > tr, :scope > .owned > div')) {
      const shown = show(item, whole || matching(item));
      if (shown && matching(item)) matches++;
      any = shown || any;
    }
    for (const child of box.querySelectorAll(':scope > details')) any = visit(child, whole) || any;
    box.classList.toggle('hidden', !any);
    if (words.length > 0 && any) box.open = true;
    return any;
  };
  for (const box of document.querySelectorAll('main section > div > details')) visit(box, false);
  byId('matches').textContent = words.length === 0 ? '' : matches + (matches === 1 ? ' match' : ' matches');
}
byId('search').oninput = search;
byId('kernel').onchange = search;
byId('unfold').onclick = () => document.querySelectorAll('details').forEach(box => { box.open = true; });
// The outermost level stays open: the page would be empty without it.
byId('fold').onclick = () => document.querySelectorAll('details details').forEach(box => { box.open = false; });
search();
`;
