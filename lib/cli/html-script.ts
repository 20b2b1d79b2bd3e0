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

// The namespaces that most processes share say little about one of them.
const usual = {};
const countAll = (nodes, counts) => nodes.forEach(node => {
  node.members.forEach(({namespaces}) => types.forEach(type => {
    const key = namespaces[type];
    if (key !== undefined) counts[type][key] = (counts[type][key] || 0) + 1;
  }));
  countAll(node.children, counts);
});
const counts = Object.fromEntries(types.map(type => [type, {}]));
countAll(data.pid, counts);
for (const type of types)
  usual[type] = Number(Object.entries(counts[type]).sort((a, b) => b[1] - a[1])[0]?.[0]);

function chip(type, id) {
  const made = element('button', {className: 'chip', type: 'button', title: type + ':[' + id + ']: show all that live there'},
    type + ' ' + String(id).slice(-5));
  made.style.setProperty('--hue', hue(id));
  made.onclick = () => { byId('search').value = type + ':[' + id + ']'; search(); };
  return made;
}

function row(process) {
  const {pid, pids, user, namespaceUid, command, namespaces, readable} = process;
  const chips = types.filter(type => namespaces[type] !== undefined && namespaces[type] !== usual[type])
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
  if (node.members.length > 0) box.append(element('table', {},
    element('thead', {}, element('tr', {}, ...['PID', level === 0 ? '' : 'inside', 'User', 'Command', 'Namespaces of its own']
      .map(title => element('th', {scope: 'col'}, title)))),
    element('tbody', {}, ...node.members.map(row))));
  else box.append(element('div', {className: 'dim', style: 'padding: 0 32px 8px'}, kept(node)));
  box.append(...node.children.map(child => pidBox(child, level + 1)));
  return box;
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
  if (cards.length > 0) box.append(element('div', {className: 'owned'}, ...cards));
  box.append(...node.children.map(userBox));
  return box;
}

byId('where').textContent = data.host + ', ' + new Date(data.date).toLocaleString();
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
const setAll = open => document.querySelectorAll('details').forEach(box => { box.open = open; });
byId('unfold').onclick = () => setAll(true);
byId('fold').onclick = () => setAll(false);
search();
`;
