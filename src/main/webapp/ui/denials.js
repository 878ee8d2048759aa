// What a customer was denied in the time of the window. Denials are no part of the history: they come from a query of their own,
// and are put among the rows by their time.
import {get, path} from './api.js';
import {DENIAL, fitsDenial} from './filters.js';
import {parsed} from './time.js';

/** Most denials that are shown; the newest ones of the time. */
export const MAX_DENIALS = 100;

/** Most denials that one page of the service has. */
const PAGE = MAX_DENIALS;

const where = view => path('customers', view.customer, 'denials');

/** The time of the window's commands, open where nothing else follows. */
function range({commands, older, newer, isCut}) {
  const last = commands[commands.length - 1];
  return {from: older && commands[0] ? commands[0].at : null, to: (newer || isCut) && last ? last.at : null};
}

/**
 * The denials of the window's time: {list, isCut}, newest first. If there are more than are shown, those of the axis' time
 * instead, if it is a part of it.
 */
export async function read(view, window, signal) {
  const page = await get(where(view), {...range(window), limit: PAGE}, signal);
  if (page.next === null || (!view.from && !view.to)) return found(page);
  return found(await get(where(view), {from: view.from && parsed(view.from), to: view.to && parsed(view.to), limit: PAGE}, signal));
}

const found = page => ({list: sorted(page.denials), isCut: page.next !== null});

const sorted = list => [...list].sort((a, b) => a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0);

/** Denials of this time or later, and what became of earlier ones since. */
export async function since(view, from, signal) {
  return (await get(where(view), {from, limit: PAGE}, signal)).denials;
}

/** The denials of one list that another has not, or with a smaller count. */
export function news(known, list) {
  const counts = new Map(known.map(denial => [denial.denialId, denial.count]));
  return list.filter(denial => (counts.get(denial.denialId) || 0) < denial.count);
}

/** Denials with those that are new, or have another count by now. */
export function joined({list, isCut}, fresh) {
  const all = new Map(list.map(denial => [denial.denialId, denial]));
  for (const denial of fresh) all.set(denial.denialId, denial);
  const kept = sorted(all.values());
  return {list: kept.slice(0, MAX_DENIALS), isCut: isCut || kept.length > MAX_DENIALS};
}

/** The denials that the filters let through. */
export const visible = (view, denials) => denials === null ? [] : denials.list.filter(denial => fitsDenial(view, denial));

const timeOf = row => row.noise ? row.noise[row.noise.length - 1].command.at : row.command.at;

/** The rows, newest first, with denials among them as rows {denial}. */
export function among(rows, denials) {
  const result = [];
  let next = 0;
  for (const row of rows) {
    while (next < denials.length && denials[next].lastAt >= timeOf(row)) result.push({denial: denials[next++]});
    result.push(row);
  }
  for (; next < denials.length; next++) result.push({denial: denials[next]});
  return result;
}

/** Name of the place in the page where a denial is. */
export const placeOf = denial => 'denial-' + denial.denialId;

/** What the lanes draw of denials: marks as of events, each of which stands for as many as were counted. */
export const markOf = denial => ({
  eventId: placeOf(denial), seq: placeOf(denial), event: 'Denied ' + denial.kind.toLowerCase() + ', ' + denial.count + ' ×',
  aggregateType: DENIAL, aggregateId: denial.denialId, count: denial.count,
});
