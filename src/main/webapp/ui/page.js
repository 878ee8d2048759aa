// The page: what is looked at is in its address, what was read of it is in the model, and everything that is seen is drawn from
// the two.
import {h, render} from './preact.js';
import * as api from './api.js';
import {ofCustomer, read as readAddress, write} from './address.js';
import {Account} from './account.js';
import {Chips} from './chips.js';
import {decide} from './decide.js';
import * as denials from './denials.js';
import {save, text as saved} from './download.js';
import * as filters from './filters.js';
import * as history from './history.js';
import {listen, moveRow} from './keys.js';
import {Lanes, lanesOf} from './lanes.js';
import {follow} from './live.js';
import {List} from './list.js';
import * as news from './news.js';
import {Empty, Help, Loading, Nobody, NoState, SignIn, Trouble} from './notices.js';
import * as oidc from './oidc.js';
import {remembered} from './remember.js';
import {folded, subjects, visible} from './rows.js';
import {Scrubber} from './scrubber.js';
import * as search from './search.js';
import * as state from './state.js';
import {isMoving, Storage} from './storage.js';
import {Studios} from './studios.js';
import {CLOCKS, instantOf, millisOf, parsed} from './time.js';
import {Top} from './top.js';
import * as usages from './usage.js';
import {Why} from './why.js';

/** A slider that moves is waited for so long before the state is asked for, in milliseconds. */
const PAUSE = 150;

/** Partitions that move are looked at again after so long, in milliseconds. */
const MOVING = 5000;

/** Shortest time that the axis shows, in milliseconds. */
const SHORTEST = 1000;

const root = document.getElementById('page');
const media = window.matchMedia('(prefers-color-scheme: dark)');

let model = {
  view: readAddress(location.hash), who: null, provider: null, isArriving: true, signInProblem: null, theme: 'auto', help: false, copied: null,
  window: null, historyProblem: null, historyLoading: false,
  state: null, before: null, stateProblem: null, stateLoading: false,
  decision: null, decisionProblem: null, decisionLoading: false,
  denials: null, denialsProblem: null, denialsLoading: false,
  found: null, foundProblem: null, foundLoading: false,
  storage: null, storageProblem: null, storageLoading: false, usage: null, usageProblem: null, usageLoading: false,
  live: null, unfolded: new Set(), reveal: null,
};

let isDue = false;

function change(part) {
  model = {...model, ...part};
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    render(h(Page, model), root);
    if (model.reveal !== null) show(model.reveal);
  });
}

/** Brings an event, or a denial, into sight as soon as it is in the list. */
function show(seq) {
  const row = document.getElementById('event-' + seq);
  if (!row) return;
  model.reveal = null;
  row.scrollIntoView({block: 'center'});
  row.focus();
}

// Reading. Each kind of reading has one under way at most: the next one ends it.

const running = new Map();

async function reading(kind, work) {
  const before = running.get(kind);
  if (before) before.abort();
  const controller = new AbortController();
  running.set(kind, controller);
  change({[kind + 'Loading']: true, [kind + 'Problem']: null});
  try {
    const part = await work(controller.signal);
    if (running.get(kind) === controller) change({...part, [kind + 'Loading']: false});
  } catch (failure) {
    if (running.get(kind) !== controller || failure.name === 'AbortError') return;
    if (failure.status === 401) return forget(failure);
    if (!(failure instanceof api.Problem)) console.error(failure);
    change({[kind + 'Problem']: failure instanceof api.Problem ? failure : new api.Problem(0, {title: 'The page failed', detail: String(failure)}), [kind + 'Loading']: false});
  }
}

function forget(problem) {
  stopLive();
  api.signOut();
  for (const controller of running.values()) controller.abort();
  running.clear();
  change({...UNREAD, ...ELSEWHERE, who: null, signInProblem: problem});
}

/** What is read of a customer, as it is before anything was read. */
const UNREAD = {
  window: null, state: null, before: null, decision: null, denials: null, found: null, foundProblem: null,
  historyProblem: null, stateProblem: null, decisionProblem: null, denialsProblem: null,
};

async function readHistory(begin) {
  stopLive();
  await reading('history', async signal => ({window: await history.open(model.view, begin, signal), unfolded: new Set()}));
  await readRest();
  if (isNothing(model)) await readFound();
}

/** What else the id may be of which no history is known. If there is one answer, goes there. */
async function readFound() {
  const {view} = model;
  if (model.historyLoading || model.historyProblem) return;
  await reading('found', async signal => ({found: await search.find(view.customer, signal)}));
  const {found} = model;
  if (model.view !== view || found === null || found.customers.length !== 1 || found.hasMore) return;
  const next = search.viewOf(found.customers[0], view);
  go(next, true);
  change({reveal: next.open[0]});
}

/** More of the history on one of its sides, and the denials of its time. */
async function readMore(more) {
  stopLive();
  await reading('history', async signal => ({window: await more(model.view, model.window, signal)}));
  await readRest();
}

/** What depends on the window, unless another one is being read by now. */
async function readRest() {
  if (model.historyLoading || model.window === null) return;
  await readDenials();
  startLive();
}

function readDenials() {
  const {view, window} = model;
  if (window === null) return null;
  return reading('denials', async signal => ({denials: await denials.read(view, window, signal)}));
}

// What is new while one looks.

let stop = null;

function stopLive() {
  if (stop !== null) stop();
  stop = null;
  if (model.live !== null) change({live: null});
}

/** Follows the customer, if that is wanted, from the end of what was read. */
function startLive() {
  stopLive();
  const {view, window, who} = model;
  if (!view.live || who === null || view.customer === null || window === null || model.historyLoading) return;
  const last = history.isNewest(window) ? window.commands[window.commands.length - 1] : null;
  change({live: {news: news.NONE, text: null, isEnded: false}});
  stop = follow(view, last ? last.events[last.events.length - 1].seq : null, model.denials === null ? [] : model.denials.list, hear);
}

/** Takes what the follower tells. */
function hear(told) {
  const {live} = model;
  if (told.ended !== undefined) {
    if (told.ended !== null && told.ended.status === 401) return forget(told.ended);
    const why = told.ended === null ? 'nobody has looked at this page for a while.'
        : told.ended.status === 400 || told.ended.status === 410 ? 'the service does not know the place any more, for example since its database was restored: ' + told.ended.message
        : told.ended.message;
    return change({live: {...live, isEnded: true, text: 'Live has ended: ' + why}});
  }
  if (told.problem) return change({live: {...live, text: told.problem.title + '. Asked again in ' + Math.ceil(told.pause / 1000) + ' s.'}});
  const waiting = news.more(live.news, told);
  if (!news.isAny(waiting)) return live.text === null ? null : change({live: {...live, text: null}});
  change({live: {...live, text: null, news: waiting}});
  return isAtNewest() ? showNews() : null;
}

/** True if the newest event is in sight and nothing is being read there: what comes may come in silently. */
function isAtNewest() {
  const {view, window} = model;
  const list = document.querySelector('.list-part');
  if (!list || model.historyLoading || !history.isNewest(window) || view.at !== null || view.open.length || view.denials.length || list.contains(document.activeElement)) return false;
  const {top} = list.getBoundingClientRect();
  return top >= 0 && top < innerHeight;
}

/** Puts what waits into the list, the lanes and the account. */
async function showNews() {
  const {view, window, live} = model;
  const waiting = live.news;
  if (model.historyLoading) return null;
  if (waiting.isMany || !history.isNewest(window)) return readHistory({newest: true});
  change({live: {...live, news: news.NONE}, denials: denials.joined(model.denials || {list: [], isCut: false}, waiting.denials)});
  if (waiting.commands.length === 0) return null;
  await reading('history', async signal => ({window: await history.append(view, window, waiting.commands, signal)}));
  return view.at === null ? readState() : null;
}

function readState() {
  const view = model.view;
  return reading('state', async signal => {
    const found = await state.read(view, signal);
    const isOther = model.state !== null && model.state.at !== found.at;
    return {state: found, before: isOther ? model.state : model.before};
  });
}

function readDecision() {
  const {view} = model;
  if (!view.title || !view.device || !view.plan) return change({decision: null});
  return reading('decision', async signal => ({decision: await decide(view, signal)}));
}

// The pages beside a customer's.

/** What is read of the other pages, as it is before anything was read. */
const ELSEWHERE = {storage: null, storageProblem: null, usage: null, usageProblem: null};

let again = null;

/** Reads the partitions, and again as long as some of them move and somebody looks. */
async function readStorage() {
  clearTimeout(again);
  await reading('storage', async signal => ({storage: await api.get('partitions', {}, signal)}));
  again = setTimeout(() => {
    if (model.view.page === 'storage' && !document.hidden && isMoving(model.storage)) readStorage();
  }, MOVING);
}

/** Reads what another page than a customer's needs. */
function lookElsewhere(was, view, isFirst) {
  const isSame = !isFirst && ['page', 'studio', 'from', 'to'].every(name => was[name] === view[name]);
  if (was.page !== view.page) change(UNREAD);
  if (isSame || model.who === null) return;
  if (view.page === 'storage') readStorage();
  if (view.page !== 'studios') return;
  if (was.studio !== view.studio) change({usage: null});
  if (view.studio !== null) reading('usage', async signal => ({usage: await usages.read(view, signal)}));
}

const TITLES = {
  customer: view => view.customer === null ? [] : [view.customer],
  storage: () => ['Storage'],
  studios: view => [view.studio, 'Studios'].filter(Boolean),
};

/** Where the window begins that a view needs. */
function beginOf(view) {
  if (view.open.length) return {eventId: view.open[view.open.length - 1]};
  return view.at === null ? {newest: true} : {at: view.at};
}

/** True if the window has the commands around an instant; null is now. */
function covers(window, at) {
  if (window === null) return false;
  if (at === null) return !window.isCut && window.newer === null;
  if (window.commands.length === 0) return window.older === null;
  const first = window.commands[0].at;
  const last = window.commands[window.commands.length - 1].at;
  return (at >= first || window.older === null) && (at <= last || (window.newer === null && !window.isCut));
}

let pause = null;

/** Makes another view the one that is looked at, and reads what it needs. */
function look(view, isFirst = false) {
  const was = model.view;
  const isOtherCustomer = isFirst || was.page !== view.page || was.customer !== view.customer;
  const isOtherHistory = isOtherCustomer || JSON.stringify([was.only, was.not]) !== JSON.stringify([view.only, view.not]);
  const isOtherState = isOtherCustomer || ['at', 'title', 'device', 'plan'].some(name => was[name] !== view[name]);
  const isOtherQuestion = isOtherState || was.type !== view.type || was.why !== view.why || was.whatIf !== view.whatIf || JSON.stringify(was.suppose) !== JSON.stringify(view.suppose);
  if (isOtherCustomer) {
    stopLive();
    running.get('found')?.abort();
  }
  const isOtherTime = was.from !== view.from || was.to !== view.to;
  change({view, ...(isOtherCustomer ? UNREAD : {})});
  document.title = [...TITLES[view.page](view), 'Tally timeline'].join(' – ');
  if (view.page !== 'customer') return lookElsewhere(was, view, isFirst);
  if (model.who === null || view.customer === null) return;
  const isAway = !isOtherHistory && was.at !== view.at && !covers(model.window, view.at);
  if (isOtherHistory || isAway) readHistory(isOtherCustomer ? beginOf(view) : view.at === null ? {newest: true} : {at: view.at});
  else if (was.live !== view.live) startLive();
  clearTimeout(pause);
  const rest = () => {
    if (isOtherState) readState();
    if (isOtherTime && model.denials !== null && model.denials.isCut) readDenials();
    if (view.why && isOtherQuestion) readDecision();
  };
  if (isOtherCustomer) rest();
  else pause = setTimeout(rest, PAUSE);
}

/** Goes to a view: a new entry of the browser's history, or the same one for steps that nobody wants to go back through. */
function go(view, isSmall = false) {
  const address = write(view);
  if (address === (location.hash || '#/')) return;
  window.history[isSmall ? 'replaceState' : 'pushState'](null, '', address);
  look(view);
}

window.addEventListener('popstate', () => look(readAddress(location.hash)));
window.addEventListener('hashchange', () => {
  if (write(model.view) !== location.hash) look(readAddress(location.hash));
});

// What can be done.

const actions = {
  look: customer => model.view.page === 'customer' && customer === model.view.customer ? actions.again() : go(ofCustomer(customer, model.view)),
  again: () => look(model.view, true),
  clock: clock => go({...model.view, clock}, true),
  usage: asked => {
    const view = {...model.view, ...asked};
    if (write(view) === write(model.view)) actions.again();
    else go(view);
  },
  measure: measure => go({...model.view, measure}, true),
  saveUsage: () => reading('usage', async signal => {
    const {view} = model;
    const {from, to} = usages.range(view, Date.now());
    save(view.studio + '-' + from + '-' + to, await usages.csv(view, signal), 'csv');
    return {};
  }),
  goTo: (at, isSmall = false) => go({...model.view, at}, isSmall),
  filter: (side, kind, value) => go(filters.add(model.view, side, kind, value)),
  unfilter: (side, kind, value) => go(filters.remove(model.view, side, kind, value)),
  clear: () => go({...model.view, only: ofCustomer('', model.view).only, not: ofCustomer('', model.view).not}),
  all: () => go({...model.view, all: !model.view.all}, true),
  toggle: seq => {
    const {open} = model.view;
    go({...model.view, open: open.includes(seq) ? open.filter(one => one !== seq) : [...open, seq]}, true);
  },
  toggleDenial: id => {
    const open = model.view.denials;
    go({...model.view, denials: open.includes(id) ? open.filter(one => one !== id) : [...open, id]}, true);
  },
  /** Asks why as of the time of a denial. */
  whyDenied: denial => {
    const {lastAt, titleId, deviceId, plan, rules} = denial;
    const isStream = rules.some(found => found.rule === 'maxConcurrentStreams');
    go({...model.view, why: true, at: lastAt, title: titleId, device: deviceId, plan: plan || suggested(model.window, model.state).plan, type: isStream ? 'STREAMING' : null});
    afterDrawing(() => document.querySelector('.why h2')?.scrollIntoView({block: 'nearest'}));
  },
  live: live => live === model.view.live ? startLive() : go({...model.view, live}, true),
  showNews: async () => {
    await showNews();
    afterDrawing(() => moveRow(0));
  },
  closeAll: () => go({...model.view, open: [], denials: []}, true),
  unfold: seq => {
    const unfolded = new Set(model.unfolded);
    if (!unfolded.delete(seq)) unfolded.add(seq);
    change({unfolded});
  },
  reveal: seq => reveal(seq),
  older: () => readMore(history.older),
  newer: () => readMore(history.newer),
  newest: () => readHistory({newest: true}),
  step: direction => step(direction),
  zoom: (from, to) => {
    if (to - from < SHORTEST) to = from + SHORTEST;
    go({...model.view, from: from === null ? null : instantOf(Math.floor(from)), to: to === null ? null : instantOf(Math.ceil(to))}, true);
  },
  zoomBy: factor => {
    const {from, to} = span(model);
    const middle = model.view.at === null ? to : Math.min(to, Math.max(from, millisOf(model.view.at)));
    actions.zoom(middle - (middle - from) * factor, middle + (to - middle) * factor);
  },
  zoomAll: () => go({...model.view, from: null, to: null}, true),
  why: why => {
    go({...model.view, why});
    if (why) afterDrawing(() => document.querySelector('.why input')?.focus());
  },
  whatIf: whatIf => {
    go({...model.view, whatIf});
    if (whatIf) afterDrawing(() => document.querySelector('.suppose input')?.focus());
  },
  decide: asked => {
    const view = {...model.view, ...asked};
    if (write(view) === write(model.view)) readDecision();
    else go(view);
  },
  copy: text => navigator.clipboard?.writeText(text).then(() => change({copied: 'Copied.'}), () => change({copied: 'The browser does not allow to copy.'})),
  save: format => save(model.view.customer, saved(shownRows(model), format), format),
  help: help => change({help}),
  theme: () => {
    const theme = {auto: 'dark', dark: 'light', light: 'auto'}[model.theme];
    change({theme});
    paint(theme);
  },
  signIn: text => {
    api.signIn(text);
    change({who: api.holder(), signInProblem: null});
    look(model.view, true);
  },
  signInAtProvider: () => oidc.begin(model.provider).catch(told),
  signOut: () => forget(null),
};

/** Does something as soon as what has changed is drawn. */
const afterDrawing = work => requestAnimationFrame(() => requestAnimationFrame(work));

/** Opens a denial that is in the list, and shows it. */
function revealDenial(place) {
  const denial = model.denials.list.find(one => denials.placeOf(one) === place);
  const open = model.view.denials;
  change({reveal: place});
  if (denial && !open.includes(denial.denialId)) go({...model.view, denials: [...open, denial.denialId]}, true);
}

/** What is asked in a view. */
const question = ({why, title, device, plan, type, whatIf, suppose}) => ({why, title, device, plan, type, whatIf, suppose});

/** Opens an event wherever it lies, and shows it. */
async function reveal(seq) {
  if (typeof seq === 'string') return revealDenial(seq);
  const view = model.view;
  const isHere = shownRows(model).some(row => row.events.some(event => event.seq === seq));
  const open = view.open.includes(seq) ? view.open : [...view.open, seq];
  const next = isHere ? {...view, open}
      : {...ofCustomer(view.customer, view), at: view.at, ...question(view), open};
  model.reveal = seq;
  if (write(next) !== write(view)) {
    window.history.pushState(null, '', write(next));
    change({view: next});
  }
  if (isHere) {
    const fold = folded(shownRows(model), next.all).find(row => row.noise && row.noise.some(one => one.events.some(event => event.seq === seq)));
    change(fold ? {unfolded: new Set([...model.unfolded, fold.noise[0].events[0].seq])} : {});
  } else {
    await readHistory({eventId: seq});
  }
}

/** Goes to the command before, or after, the scrubber's time. */
async function step(direction) {
  const {view} = model;
  if (!model.window) return;
  const at = view.at;
  const times = () => shownRows(model).map(row => row.command.at);
  const found = () => direction < 0 ? times().filter(one => at === null || one < at).pop() : times().find(one => at !== null && one > at);
  if (direction < 0 && !found() && model.window.older) await actions.older();
  if (direction > 0 && !found() && (model.window.newer || model.window.isCut)) await actions.newer();
  const next = found();
  if (next) actions.goTo(next, true);
  else if (direction > 0 && at !== null) actions.goTo(null, true);
}

const byTheme = {auto: null, dark: 'dark', light: 'light'};

function paint(theme) {
  const chosen = byTheme[theme] || (media.matches ? 'dark' : 'light');
  document.documentElement.dataset.theme = chosen;
}

media.addEventListener('change', () => paint(model.theme));

// What is seen.

const NONE = [];

/** The filters as a text, since each address that is read makes them anew. */
const filtersOf = ({only, not}) => JSON.stringify({only, not});

const rowsOf = remembered((commands, key) => visible(JSON.parse(key), commands));
const deniedOf = remembered((read, key) => denials.visible(JSON.parse(key), read));
const listed = remembered((rows, all, denied) => denials.among(folded(rows, all), denied));
const laned = remembered(lanesOf);
const about = remembered(subjects);
const namesOf = remembered(commands => [...new Set(commands.flatMap(command => command.events.map(event => event.event)))].sort());

/** The rows of the window that the filters let through, oldest first. */
const shownRows = ({view, window}) => window === null ? NONE : rowsOf(window.commands, filtersOf(view));

/** The denials that the filters let through, newest first. */
const shownDenials = ({view, denials: read}) => deniedOf(read, filtersOf(view));

/** The time that the axis shows, in milliseconds. */
function span(now) {
  const {view} = now;
  const rows = shownRows(now);
  const denied = shownDenials(now);
  const present = Date.now();
  const begins = [rows.length ? rows[0].command.at : null, denied.length ? denied[denied.length - 1].lastAt : null].filter(Boolean).map(millisOf);
  const first = begins.length ? Math.min(...begins) : present - 86400000;
  const last = now.window && (now.window.newer || now.window.isCut) && rows.length ? millisOf(rows[rows.length - 1].command.at) : present;
  const margin = Math.max(SHORTEST, (last - first) * 0.02);
  const from = view.from && parsed(view.from) ? millisOf(view.from) : first - margin;
  const to = view.to && parsed(view.to) ? millisOf(view.to) : last + margin;
  return to - from < SHORTEST ? {from: to - SHORTEST, to} : {from, to};
}

/** True if nothing is known of the customer, not even a denial. */
function isNothing({view, window, denials: denied}) {
  return window !== null && window.commands.length === 0 && window.older === null && !filters.isSet(view) && view.at === null
      && !(denied !== null && denied.list.length);
}

/** Title, device and plan that a question begins with: those of the latest license. */
function suggested(window, found) {
  const license = found && found.licenses[0];
  if (license) return {title: license.titleId, device: license.deviceId, plan: license.plan};
  const issued = window ? window.commands.flatMap(command => command.events).filter(event => event.event === 'LicenseIssued').pop() : null;
  const payload = issued && issued.payload ? issued.payload : {};
  return {title: payload.titleId || payload.title || '', device: payload.deviceId || payload.device || '', plan: payload.plan || ''};
}

function Page(now) {
  return [
    h(Top, {view: now.view, who: now.who, theme: now.theme, actions}),
    h('main', null, h(Content, now)),
    h('p', {class: 'toast', role: 'status'}, now.copied),
    now.help ? h(Help, {actions}) : null,
  ];
}

function Content(now) {
  const {view, window, state: found} = now;
  if (now.who === null) return now.isArriving ? h(Loading, {what: 'the page'}) : h(SignIn, {problem: now.signInProblem, provider: now.provider, actions});
  if (view.page === 'storage') return h(Storage, {storage: now.storage, problem: now.storageProblem, isLoading: now.storageLoading, clock: view.clock, now: Date.now(), actions});
  if (view.page === 'studios') return h(Studios, {view, usage: now.usage, problem: now.usageProblem, isLoading: now.usageLoading, now: Date.now(), actions});
  if (view.customer === null) return h(Nobody);
  const trouble = now.historyProblem;
  if (trouble && (trouble.status === 403 || window === null)) return h(Trouble, {problem: trouble, actions});
  if (window === null) return h(Loading, {what: 'the history of ' + view.customer});
  const isFiltered = filters.isSet(view);
  const rows = shownRows(now);
  if (isNothing(now) && !now.historyLoading) return h(Empty, {customer: view.customer, isFiltered: false, actions}, h(search.Found, {id: view.customer, found: now.found, problem: now.foundProblem, view, now: Date.now()}));
  return [
    h(Subject, now),
    view.why ? h(Why, {view, suggested: suggested(window, found), decided: now.decision, problem: now.decisionProblem, isLoading: now.decisionLoading, clock: view.clock, now: Date.now(), actions}) : null,
    h(History, {...now, rows, isFiltered}),
    h(news.News, {view, live: now.live, actions}),
  ];
}

function Subject({view, window, state: found, before, stateProblem, stateLoading}) {
  const {from, to} = span(model);
  const present = Date.now();
  return h('section', {class: 'subject', 'aria-label': 'Customer'},
      h('div', {class: 'head'}, h('h2', null, h('span', {class: 'kind'}, 'Customer '), view.customer),
          h('button', {type: 'button', 'aria-pressed': String(view.why), onClick: () => actions.why(!view.why), title: 'Why  w'}, 'Why?')),
      h(Scrubber, {view, from, to, clock: view.clock, now: present, isLoading: stateLoading, before: found && before, actions}),
      stateProblem ? h(NoState, {problem: stateProblem, actions})
          : found ? h(Account, {state: found, before, clock: view.clock, now: present, actions})
          : h(Loading, {what: 'the account'}));
}

function History({view, window, state: found, rows, denials: read, denialsProblem, historyLoading, historyProblem, unfolded, isFiltered}) {
  const {from, to} = span(model);
  const present = Date.now();
  const known = about(window.commands, found ? found.licenses : NONE);
  const names = namesOf(window.commands);
  const count = rows.reduce((sum, row) => sum + row.events.length, 0);
  const denied = shownDenials({view, denials: read});
  const isOpen = event => view.open.includes(event.seq) || view.denials.includes(event.aggregateId);
  const current = view.at === null ? null : rows.filter(row => row.command.at <= view.at).map(row => row.command.at).pop() || '';
  return h('section', {class: 'history', 'aria-label': 'History'},
      h('div', {class: 'head'}, h('h2', null, 'History'),
          h('button', {type: 'button', 'aria-pressed': String(view.live), onClick: () => actions.live(!view.live), title: 'Show what happens while you look'}, 'Live'),
          h(Chips, {view, events: names, actions},
              h('label', {class: 'check'}, h('input', {type: 'checkbox', checked: view.all, onChange: actions.all}), 'Keepalives one by one'))),
      historyProblem ? h('p', {class: 'problem', role: 'alert'}, h('strong', null, historyProblem.title), ' ', historyProblem.message) : null,
      denialsProblem ? h('p', {class: 'problem', role: 'alert'}, h('strong', null, 'Denials are not shown. ' + denialsProblem.title), ' ', denialsProblem.message) : null,
      rows.length + denied.length === 0 && !window.older && !window.newer ? h(Empty, {customer: view.customer, isFiltered, actions}) : h('div', {class: 'split'},
          h('section', {class: 'lane-part', 'aria-label': 'Lanes over time'},
              h('div', {class: 'tools'}, h('span', {class: 'hint'}, 'Drag to zoom, click for the time'),
                  h('button', {type: 'button', class: 'quiet', 'aria-label': 'Zoom in', onClick: () => actions.zoomBy(0.5)}, '+'),
                  h('button', {type: 'button', class: 'quiet', 'aria-label': 'Zoom out', onClick: () => actions.zoomBy(2)}, '−'),
                  h('button', {type: 'button', class: 'quiet', disabled: !view.from && !view.to, onClick: actions.zoomAll}, 'All')),
              h(Lanes, {
                lanes: laned(rows, denied), from, to, at: view.at, clock: view.clock, now: present, about: known, isOpen,
                onOpen: actions.reveal, onTime: actions.goTo, onZoom: actions.zoom,
                onOnly: key => actions.filter('only', key === filters.DENIAL ? 'aggregate' : 'one', key),
                onNot: key => actions.filter('not', key === filters.DENIAL ? 'aggregate' : 'one', key),
              }),
              read !== null && read.isCut ? h('p', {class: 'none'}, 'Only the newest ' + denials.MAX_DENIALS + ' denials of this time are shown. Zoom in to see others.') : null),
          h('section', {class: 'list-part', 'aria-label': 'Events'},
              h('div', {class: 'tools'}, h('span', {class: 'hint'}, count + (count === 1 ? ' event' : ' events') + (window.older || window.newer || window.isCut ? ' of those read so far' : '') + (denied.length ? ', ' + denied.length + (denied.length === 1 ? ' denial' : ' denials') : '')),
                  view.open.length + view.denials.length ? h('button', {type: 'button', class: 'quiet', onClick: actions.closeAll}, 'Close all') : null,
                  h('button', {type: 'button', class: 'quiet', onClick: () => actions.save('ndjson'), 'aria-label': 'Save as NDJSON'}, 'NDJSON'),
                  h('button', {type: 'button', class: 'quiet', onClick: () => actions.save('json'), 'aria-label': 'Save as JSON'}, 'JSON')),
              h(List, {rows: listed(rows, view.all, denied), view, window: {...window, isFiltered}, clock: view.clock, now: present, about: known, isLoading: historyLoading, current, unfolded, actions}))));
}

listen({
  '/': () => document.getElementById('search')?.focus(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  '[': () => actions.step(-1),
  ']': () => actions.step(1),
  n: () => model.window && actions.goTo(null),
  w: () => model.window && actions.why(!model.view.why),
  c: () => actions.clock(CLOCKS[(CLOCKS.indexOf(model.view.clock) + 1) % CLOCKS.length]),
  '+': () => model.window && actions.zoomBy(0.5),
  '-': () => model.window && actions.zoomBy(2),
  0: () => model.window && actions.zoomAll(),
  '?': () => actions.help(true),
});

/** Says why a sign-in failed. */
function told(failure) {
  if (!(failure instanceof oidc.Failed)) console.error(failure);
  change({signInProblem: failure instanceof oidc.Failed ? failure : {title: 'The page failed', message: String(failure)}});
}

/** Takes the token of somebody who comes back from the provider. */
async function arrive() {
  try {
    const token = await oidc.finish();
    change({view: readAddress(location.hash)});
    if (token !== null) actions.signIn(token);
  } catch (failure) {
    change({view: readAddress(location.hash)});
    told(failure);
  }
  change({provider: await oidc.settings(), isArriving: false});
}

paint(model.theme);
change({});
arrive();
