// A chart of one figure by day: a bar for each, or a line of steps for what lasts. It is drawn as SVG; whoever shows it has the
// same in a table.
import {h} from './preact.js';
import {whole} from './sizes.js';

const WIDTH = 960;
const HEIGHT = 220;
const LEFT = 56;
const BOTTOM = 22;
const TOP = 10;

/** Lines across, at most so many, at round numbers. */
const LINES = 5;

/** Labels of days, at most so many, and how wide each may be. */
const LABELS = 9;
const LABEL = 76;

/** The smallest of 1, 2 and 5 times a power of ten with which so few lines reach a number; whole, since figures are. */
export function step(most) {
  for (let power = 1; ; power *= 10) {
    for (const times of [1, 2, 5]) if (most <= times * power * LINES) return times * power;
  }
}

/** days: texts; values: a number for each; isLevel: true for what lasts from day to day. */
export function Chart({name, days, values, isLevel}) {
  const size = step(Math.max(1, ...values));
  const top = Math.max(1, Math.ceil(Math.max(...values) / size)) * size;
  const wide = (WIDTH - LEFT) / days.length;
  const x = at => LEFT + at * wide;
  const y = value => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const every = Math.ceil(days.length / LABELS);
  const lines = [];
  for (let value = 0; value <= top; value += size) lines.push(value);
  const most = Math.max(...values);
  return h('svg', {
    class: 'chart', viewBox: '0 0 ' + WIDTH + ' ' + HEIGHT, role: 'img',
    'aria-label': name + ' by day from ' + days[0] + ' to ' + days[days.length - 1] + ', at most ' + whole(most) + '. The table has the same.',
  },
  lines.map(value => h('g', {key: value},
      h('line', {class: 'grid', x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value)}),
      h('text', {class: 'mark', 'text-anchor': 'end', x: LEFT - 6, y: y(value) + 4}, whole(value)))),
  days.map((day, at) => at % every === 0 && x(at) + LABEL < WIDTH ? h('text', {key: day, class: 'mark', x: x(at), y: HEIGHT - 6}, day) : null),
  isLevel ? h('path', {class: 'level', d: values.map((value, at) => (at === 0 ? 'M' : 'L') + x(at) + ' ' + y(value) + ' H' + x(at + 1)).join(' ')}) : null,
  days.map((day, at) => h('g', {key: day},
      h('title', null, day + ': ' + whole(values[at])),
      h('rect', isLevel
          ? {class: 'under', x: x(at), y: y(values[at]), width: wide, height: y(0) - y(values[at])}
          : {class: 'bar', x: x(at) + wide * 0.1, y: y(values[at]), width: wide * 0.8, height: y(0) - y(values[at])}))));
}
