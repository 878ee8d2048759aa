// Instants. They are texts as the API writes them, in UTC with six digits, so they compare as texts. This module shows them
// by the clock that was chosen, and converts them for the axis, which counts milliseconds.

export const CLOCKS = ['utc', 'local', 'relative'];

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = number => String(number).padStart(2, '0');

/** The instant of a number of milliseconds since 1970. */
export const instantOf = millis => new Date(millis).toISOString().replace('Z', '000Z');

/** Milliseconds since 1970 of an instant; its microseconds are cut off. */
export const millisOf = instant => Date.parse(instant.replace(/(\.\d{3})\d*Z$/, '$1Z'));

/** The instant a microsecond earlier. */
export function justBefore(instant) {
  const micros = Number(instant.slice(-4, -1));
  if (micros > 0) return instant.slice(0, -4) + String(micros - 1).padStart(3, '0') + 'Z';
  return new Date(millisOf(instant) - 1).toISOString().replace('Z', '999Z');
}

/** The instant that a person wrote, in UTC unless it says otherwise; null if it is none. */
export function parsed(text) {
  const written = text.trim();
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(written)) return written;
  const match = written.match(/^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?)?\s*(Z|[+-]\d\d:\d\d)?$/);
  if (!match) return null;
  const millis = Date.parse(match[1] + 'T' + (match[2] || '00:00') + (match[3] || ':00') + (match[4] || '') + (match[5] || 'Z'));
  return Number.isNaN(millis) ? null : instantOf(millis);
}

/** An instant as text, by a clock. */
export function shown(instant, clock, now) {
  if (instant === null || instant === undefined) return '';
  if (clock === 'relative') return relative(millisOf(instant) - now);
  const date = new Date(millisOf(instant));
  return clock === 'local'
      ? date.getFullYear() + '-' + two(date.getMonth() + 1) + '-' + two(date.getDate()) + ' '
          + two(date.getHours()) + ':' + two(date.getMinutes()) + ':' + two(date.getSeconds())
      : instant.slice(0, 10) + ' ' + instant.slice(11, 19);
}

/** The name of a clock. */
export function clockName(clock) {
  if (clock === 'utc') return 'UTC';
  if (clock === 'relative') return 'Relative';
  return 'Local';
}

function relative(distance) {
  const size = Math.abs(distance);
  const text =
      size < MINUTE ? Math.round(size / SECOND) + ' s'
      : size < HOUR ? Math.floor(size / MINUTE) + ' min'
      : size < DAY ? Math.floor(size / HOUR) + ' h ' + Math.floor(size % HOUR / MINUTE) + ' min'
      : Math.floor(size / DAY) + ' d ' + Math.floor(size % DAY / HOUR) + ' h';
  return distance > 0 ? 'in ' + text : text + ' ago';
}

const STEPS = [
  SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR,
  DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 61 * DAY, 91 * DAY, 182 * DAY, 365 * DAY,
];

/** Marks of an axis between two times in milliseconds: at most so many, each with its text. */
export function marks(from, to, most, clock, now) {
  const step = STEPS.find(size => (to - from) / size <= most) || Math.ceil((to - from) / most / (365 * DAY)) * 365 * DAY;
  const offset = clock === 'local' ? new Date(from).getTimezoneOffset() * MINUTE : 0;
  const start = clock === 'relative' ? now - Math.floor((now - from) / step) * step : Math.ceil((from - offset) / step) * step + offset;
  const all = [];
  for (let at = start; at <= to; at += step) {
    const text = shown(instantOf(at), clock, now);
    const label = clock === 'relative' ? text : step >= DAY ? text.slice(0, 10) : step >= MINUTE ? text.slice(5, 16) : text.slice(11);
    all.push({at, label});
  }
  return all;
}
