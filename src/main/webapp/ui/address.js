// What is looked at, as the part of the page's address after "#". So every view has an address that a colleague can open, and
// no server on the way sees the customer's id. The token is never in it.

const LISTS = ['aggregate', 'event', 'tier', 'text', 'one'];
const TEXTS = ['at', 'clock', 'from', 'to', 'title', 'device', 'plan', 'type', 'measure'];

/** Limits of policies that a supposition changes: those that an acquire is decided by. */
export const LIMITS = [
  'maxDownloadDevices', 'maxActiveDownloadsPerDevice', 'maxActiveDownloadsPerCustomer', 'maxActiveDownloadsPerStudio',
  'maxDownloadsPerTitlePerYear', 'maxConcurrentStreams',
];

/** Whose policy a supposition changes. */
export const SCOPES = ['customer', 'title', 'plan', 'global'];

/** A supposition in which everything is as it is. */
const AS_IT_IS = {plan: null, device: null, at: null, scope: 'customer', limits: {}};

const NOTHING = {
  page: 'customer', studio: null, measure: null,
  customer: null, at: null, clock: 'utc', from: null, to: null,
  title: null, device: null, plan: null, type: null,
  why: false, whatIf: false, suppose: AS_IT_IS, all: false, live: false, open: [], denials: [],
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
  const elsewhere = where.match(/^(storage|studios)(?:\/([^/]+))?$/);
  if (elsewhere) found.page = elsewhere[1];
  if (found.page === 'studios' && elsewhere[2]) found.studio = decoded(elsewhere[2]);
  const parameters = new URLSearchParams(query || '');
  for (const name of TEXTS) if (parameters.get(name)) found[name] = parameters.get(name);
  if (!CLOCKS.includes(found.clock)) found.clock = 'utc';
  for (const name of LISTS) {
    found.only[name] = parameters.getAll(name);
    found.not[name] = parameters.getAll('not-' + name);
  }
  found.why = parameters.get('why') === 'true';
  found.whatIf = parameters.get('whatIf') === 'true';
  found.suppose = supposed(parameters);
  found.all = parameters.get('all') === 'true';
  found.live = parameters.get('live') === 'true';
  found.open = (parameters.get('open') || '').split(',').filter(id => /^[1-9]\d{0,8}$/.test(id)).map(Number).slice(-MAX_OPEN);
  found.denials = (parameters.get('denials') || '').split(',').filter(id => /^[0-9a-z]{1,26}$/.test(id)).slice(-MAX_OPEN);
  return found;
}

function supposed(parameters) {
  const found = structuredClone(AS_IT_IS);
  for (const name of ['plan', 'device', 'at']) found[name] = parameters.get('if-' + name) || null;
  if (SCOPES.includes(parameters.get('if-scope'))) found.scope = parameters.get('if-scope');
  for (const key of LIMITS) {
    const value = parameters.get('if-' + key);
    if (value !== null && isLimit(value)) found.limits[key] = value;
  }
  return found;
}

/** True if a text is a limit: a number, or "none". */
export const isLimit = text => /^\d{1,7}$|^none$/.test(text) && (text === 'none' || Number(text) <= 1000000);

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
  if (view.whatIf) parameters.set('whatIf', 'true');
  for (const name of ['plan', 'device', 'at']) if (view.suppose[name]) parameters.set('if-' + name, view.suppose[name]);
  if (view.suppose.scope !== AS_IT_IS.scope) parameters.set('if-scope', view.suppose.scope);
  for (const key of LIMITS) if (view.suppose.limits[key] !== undefined) parameters.set('if-' + key, view.suppose.limits[key]);
  if (view.all) parameters.set('all', 'true');
  if (view.live) parameters.set('live', 'true');
  if (view.open.length) parameters.set('open', view.open.join(','));
  if (view.denials.length) parameters.set('denials', view.denials.join(','));
  const query = parameters.toString();
  return '#/' + placeOf(view) + (query ? '?' + query : '');
}

function placeOf({page, customer, studio}) {
  if (page === 'storage') return page;
  if (page === 'studios') return studio === null ? page : page + '/' + encodeURIComponent(studio);
  return customer === null ? '' : 'customer/' + encodeURIComponent(customer);
}

/** The view of another page from its beginning; the clock stays. */
export const ofPage = (page, view) => ({...structuredClone(NOTHING), page, clock: view.clock});

/** The view of a customer from its beginning; the clock stays. */
export const ofCustomer = (customer, view) => ({...structuredClone(NOTHING), customer, clock: view.clock});
