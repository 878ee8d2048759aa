// The storage: the partitions of the history along time, each with its tier, size and state, a move under way, and holds.
import {h} from './preact.js';
import {Loading, Trouble} from './notices.js';
import {bytes, percent, whole} from './sizes.js';
import {millisOf, shown} from './time.js';

const TABLES = ['event', 'snapshot'];
const NAMES = {event: 'Events', snapshot: 'Snapshots'};

const TIERS = {HOT: 'hot', ARCHIVE: 'archive'};

const tier = name => TIERS[name] || String(name).toLowerCase();

const WIDTH = 960;
const LEFT = 76;
const BAR = 54;
const GAP = 8;
const AXIS = 20;

/** A month that is narrower than this, in units of the drawing, has no words in it. */
const NARROW = 62;

export function Storage({storage, problem, isLoading, clock, now, actions}) {
  if (problem && (problem.status === 403 || storage === null)) return h(Trouble, {problem, actions, may: 'Its role may not see how the history is stored. Only operators may.'});
  if (storage === null) return h(Loading, {what: 'the partitions'});
  const {job, partitions} = storage;
  return h('section', {class: 'history storage', 'aria-label': 'Storage'},
      h('div', {class: 'head'}, h('h2', null, 'Storage'), h('p', {class: 'hint'}, 'The history by month, and where it lies.'),
          h('button', {type: 'button', class: 'quiet', disabled: isLoading, onClick: actions.again}, isLoading ? 'Reading…' : 'Read again')),
      problem ? h('p', {class: 'problem', role: 'alert'}, h('strong', null, problem.title), ' ', problem.message) : null,
      h(Job, {job, clock, now}),
      partitions.length === 0 ? h('p', {class: 'none'}, 'There is no partition yet.') : [
        h(Sums, {partitions}), h(Drawing, {partitions, now}), h(Table, {partitions, clock, now}),
      ]);
}

function Job({job, clock, now}) {
  const time = instant => instant === null ? 'never' : shown(instant, clock, now);
  return h('section', {class: 'job', 'aria-label': 'Partition job'},
      h('p', null, h('strong', null, job.paused ? 'The job is paused' : 'The job is at work'),
          job.paused ? ' by ' + (job.pausedBy || 'somebody') + ' since ' + time(job.pausedAt) : '',
          '. It last looked for work: ' + time(job.lastRunAt) + '; it last completed all: ' + time(job.lastSuccessAt) + '.'),
      job.lastError ? h('p', {class: 'problem'}, 'At ' + time(job.failedAt) + ': ' + job.lastError) : null);
}

function Sums({partitions}) {
  const tiers = [...new Set([...Object.keys(TIERS), ...partitions.map(one => one.tier)])];
  return h('dl', {class: 'sums'}, tiers.map(name => {
    const own = partitions.filter(one => one.tier === name);
    const size = own.reduce((sum, one) => sum + (one.bytes || 0), 0);
    const rows = own.filter(one => one.table === 'event').reduce((sum, one) => sum + one.rows, 0);
    return h('div', {key: name}, h('dt', null, h('span', {class: 'swatch tier-' + name}), 'Tier ' + tier(name)),
        h('dd', null, bytes(size) + ' in ' + own.length + (own.length === 1 ? ' partition' : ' partitions') + ', ' + whole(rows) + ' events'));
  }));
}

/** One bar for each partition, as wide as its month and as high as its size. */
function Drawing({partitions, now}) {
  const from = Math.min(...partitions.map(one => millisOf(one.startsAt)));
  const to = Math.max(...partitions.map(one => millisOf(one.endsAt)));
  const x = at => LEFT + (at - from) / (to - from) * (WIDTH - LEFT);
  const height = AXIS + TABLES.length * (BAR + GAP);
  const months = partitions.filter(one => one.table === TABLES[0]);
  const isNarrow = (WIDTH - LEFT) / Math.max(1, months.length) < NARROW;
  return h('div', {class: 'scroll wide', tabIndex: 0, role: 'region', 'aria-label': 'Partitions along time'},
      h('svg', {class: 'partitions', viewBox: '0 0 ' + WIDTH + ' ' + height, width: WIDTH, height, role: 'img', 'aria-label': months.length + ' months of events and snapshots. The table has the same.'},
          TABLES.map((table, line) => h('text', {key: table, class: 'label', x: 0, y: AXIS + line * (BAR + GAP) + BAR / 2 + 4}, NAMES[table])),
          months.map((one, at) => isNarrow && at % 3 !== 0 ? null : h('text', {key: one.name, class: 'mark', x: x(millisOf(one.startsAt)) + 2, y: 13}, one.startsAt.slice(0, 7))),
          partitions.map(one => h(Bar, {key: one.name, one, x: x(millisOf(one.startsAt)), width: Math.max(2, x(millisOf(one.endsAt)) - x(millisOf(one.startsAt)) - 2),
            y: AXIS + TABLES.indexOf(one.table) * (BAR + GAP), most: Math.max(1, ...partitions.filter(other => other.table === one.table).map(other => other.bytes || 0)), isNarrow})),
          now >= from && now <= to ? h('line', {class: 'scrubber', x1: x(now), x2: x(now), y1: AXIS - 4, y2: height}) : null));
}

function Bar({one, x, y, width, most, isNarrow}) {
  const size = Math.max(3, (one.bytes || 0) / most * BAR);
  return h('g', {class: 'partition tier-' + one.tier + (one.state === 'MISSING' ? ' missing' : '')},
      h('title', null, one.name + ': ' + tier(one.tier) + ', ' + one.state.toLowerCase() + ', ' + bytes(one.bytes) + (one.legalHold ? ', under legal hold' : '')),
      h('rect', {class: 'ground-bar', x, y, width, height: BAR, rx: 3}),
      h('rect', {class: 'size', x, y: y + BAR - size, width, height: size, rx: 3}),
      one.progress === null ? null : h('rect', {class: 'progress', x, y: y + BAR - 4, width: width * one.progress, height: 4}),
      one.legalHold ? h('rect', {class: 'hold', x: x + 1, y: y + 1, width: width - 2, height: BAR - 2, rx: 3}) : null,
      isNarrow ? null : h('text', {class: 'mark', x: x + 4, y: y + 13}, tier(one.tier)));
}

function Table({partitions, clock, now}) {
  return h('div', {class: 'scroll wide', tabIndex: 0, role: 'region', 'aria-label': 'Partitions, table'}, h('table', {class: 'partition-table'},
      h('thead', null, h('tr', null, ['Partition', 'Tier', 'State', 'Since', 'Size', 'Rows', 'Move', 'Legal hold', 'Notes'].map(name =>
          h('th', {scope: 'col', key: name, class: name === 'Size' || name === 'Rows' ? 'number' : null}, name)))),
      h('tbody', null, partitions.map(one => h('tr', {key: one.name, class: one.state === 'MISSING' ? 'gone' : ''},
          h('th', {scope: 'row'}, one.name),
          h('td', null, h('span', {class: 'swatch tier-' + one.tier}), tier(one.tier)),
          h('td', null, one.state.toLowerCase()),
          h('td', {class: 'time'}, shown(one.since, clock, now)),
          h('td', {class: 'number'}, bytes(one.bytes)),
          h('td', {class: 'number'}, (one.rowsAreExact ? '' : 'about ') + whole(one.rows)),
          h('td', null, h(Move, {one})),
          h('td', null, one.legalHold ? one.legalHold + ' (' + (one.heldBy || 'somebody') + ', ' + shown(one.heldAt, clock, now) + ')' : ''),
          h('td', null, notes(one, clock, now).map((note, at) => h('p', {key: at}, note))))))));
}

function Move({one}) {
  if (one.progress !== null) {
    return [h('progress', {max: 1, value: one.progress, 'aria-label': 'Progress of ' + one.name}), ' ', one.state.toLowerCase() + ', ' + percent(one.progress)];
  }
  return one.requestedAt && one.tier === 'HOT' ? 'asked for' : '';
}

function notes(one, clock, now) {
  const time = instant => shown(instant, clock, now);
  return [
    one.requestedAt ? 'An operator asked for the archive: ' + time(one.requestedAt) : null,
    one.lastError ? (one.failedAt ? time(one.failedAt) + ': ' : '') + one.lastError : null,
    one.difference ? 'Differs from the catalogue: ' + one.difference : null,
    one.erasedSince ? 'May have bytes of erased rows since ' + time(one.erasedSince) : null,
    one.retiredAt ? 'Retired: ' + time(one.retiredAt) : null,
    one.detachedAt ? 'The original, ' + bytes(one.detachedBytes) + ', was detached: ' + time(one.detachedAt) : null,
  ].filter(Boolean);
}

/** True if a step of a move is under way. */
export const isMoving = storage => storage !== null && storage.partitions.some(one => one.progress !== null);
