// The usage of a studio's titles, as the service tells it by day, title and type of license, and its sums.
import {get, path, text} from './api.js';

/** The figures, with their names. Those that last tell how many there are, the others how often something happened. */
export const MEASURES = {
  acquired: {name: 'Acquired'},
  active: {name: 'Active', isLevel: true},
  renewed: {name: 'Renewed'},
  released: {name: 'Released'},
  revoked: {name: 'Revoked'},
  plays: {name: 'Plays'},
  overLimit: {name: 'Over the limit'},
};

/** Days that are shown where the address names none. */
const DAYS = 30;

const DAY = 86400000;

const dayOf = millis => new Date(millis).toISOString().slice(0, 10);

/** True if a text is a day. */
export const isDay = text => /^\d{4}-\d\d-\d\d$/.test(text || '') && !Number.isNaN(Date.parse(text)) && dayOf(Date.parse(text)) === text;

/** First and last day of a view. */
export function range(view, now) {
  const to = isDay(view.to) ? view.to : dayOf(now);
  return {from: isDay(view.from) ? view.from : dayOf(Date.parse(to) - (DAYS - 1) * DAY), to};
}

const where = view => path('studios', view.studio, 'usage');

export const read = (view, signal) => get(where(view), range(view, Date.now()), signal);

export const csv = (view, signal) => text(where(view), range(view, Date.now()), 'text/csv', signal);

/** All days from one to another. */
export function daysOf({from, to}) {
  const days = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) days.push(dayOf(at));
  return days;
}

const nothing = () => Object.fromEntries(Object.keys(MEASURES).map(key => [key, 0]));

function add(sum, row) {
  for (const [key, {isLevel}] of Object.entries(MEASURES)) if (!isLevel) sum[key] += row[key];
}

/**
 * The sums of each day, of all titles: [{day, acquired, …}]. A title has no row on a day on which nothing changed: then as many of
 * its licenses are active as before. Nothing is told of days that have not begun.
 */
export function byDay(usage) {
  const active = new Map();
  const rows = grouped(usage.days);
  return daysOf(usage).filter(day => day <= usage.countedUntil.slice(0, 10)).map(day => {
    const sum = nothing();
    for (const row of rows.get(day) || []) {
      add(sum, row);
      active.set(row.titleId + ' ' + row.licenseType, row.active);
    }
    sum.active = [...active.values()].reduce((all, one) => all + one, 0);
    return {day, ...sum};
  });
}

/** Rows by their day. */
function grouped(rows) {
  const groups = new Map();
  for (const row of rows) {
    if (!groups.has(row.day)) groups.set(row.day, []);
    groups.get(row.day).push(row);
  }
  return groups;
}

/** The sums of each title and type of license over all days, the most acquired first; active: at the end. */
export function byTitle(usage) {
  const titles = new Map();
  for (const row of usage.days) {
    const key = row.titleId + ' ' + row.licenseType;
    if (!titles.has(key)) titles.set(key, {titleId: row.titleId, licenseType: row.licenseType, ...nothing()});
    const sum = titles.get(key);
    add(sum, row);
    sum.active = row.active;
  }
  return [...titles.values()].sort((a, b) => b.acquired - a.acquired || b.active - a.active || (a.titleId < b.titleId ? -1 : 1));
}
