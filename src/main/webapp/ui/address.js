// What is looked at, as the part of the page's address after "#". So every view has an address that a colleague can open, and
// no server on the way sees the customer's id. The token is never in it.

const LISTS = ['aggregate', 'event', 'tier', 'text', 'one'];
const TEXTS = ['at', 'clock', 'from', 'to', 'title', 'device', 'plan', 'type'];

const NOTHING = {
  customer: null, at: null, clock: 'utc', from: null, to: null,
  title: null, device: null, plan: null, type: null,
  why: false, all: false, open: [], denials: [],
  only: {aggregate: [], event: [], tier: [], text: [], one: []},
  not: {aggregate: [], event: [], tier: [], text: [], one: []},
};

/** Most events, and most denials, that an address opens. */
const MAX_OPEN = 20;

const CLOCKS = ['utc', 'local', 'relative'];

/** What an address names. Whatever it does not say is as in an address that says nothing. */
export function read(hash) {
  const [where, query] = hash.replace(/^#\/?/, '').split('?', 2);
  const found = structuredClone(NOTHING);
  const match = where.match(/^customer\/([^/]+)$/);
  if (match) found.customer = decoded(match[1]);
  const parameters = new URLSearchParams(query || '');
  for (const name of TEXTS) if (parameters.get(name)) found[name] = parameters.get(name);
  if (!CLOCKS.includes(found.clock)) found.clock = 'utc';
  for (const name of LISTS) {
    found.only[name] = parameters.getAll(name);
    found.not[name] = parameters.getAll('not-' + name);
  }
  found.why = parameters.get('why') === 'true';
  found.all = parameters.get('all') === 'true';
  found.open = (parameters.get('open') || '').split(',').filter(id => /^[1-9]\d{0,8}$/.test(id)).map(Number).slice(-MAX_OPEN);
  found.denials = (parameters.get('denials') || '').split(',').filter(id => /^[0-9a-z]{1,26}$/.test(id)).slice(-MAX_OPEN);
  return found;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of what is looked at. */
export function write(view) {
  const parameters = new URLSearchParams();
  for (const name of TEXTS) if (view[name] && view[name] !== NOTHING[name]) parameters.set(name, view[name]);
  for (const name of LISTS) {
    for (const value of view.only[name]) parameters.append(name, value);
    for (const value of view.not[name]) parameters.append('not-' + name, value);
  }
  if (view.why) parameters.set('why', 'true');
  if (view.all) parameters.set('all', 'true');
  if (view.open.length) parameters.set('open', view.open.join(','));
  if (view.denials.length) parameters.set('denials', view.denials.join(','));
  const query = parameters.toString();
  if (view.customer === null) return query ? '#/?' + query : '#/';
  return '#/customer/' + encodeURIComponent(view.customer) + (query ? '?' + query : '');
}

/** The view of a customer from its beginning; the clock stays. */
export const ofCustomer = (customer, view) => ({...structuredClone(NOTHING), customer, clock: view.clock});
