// A studio: how its titles are used over time, as a chart with its table, and as CSV.
import {h} from './preact.js';
import {Chart} from './chart.js';
import {Loading, Trouble} from './notices.js';
import {whole} from './sizes.js';
import {shown} from './time.js';
import {byDay, byTitle, MEASURES, range} from './usage.js';

/** Most titles of the table; CSV has all. */
const MAX_TITLES = 200;

export function Studios({view, usage, problem, isLoading, now, actions}) {
  return [
    h('section', {class: 'subject', 'aria-label': 'Studio'},
        h('div', {class: 'head'}, h('h2', null, view.studio === null ? 'Studios' : [h('span', {class: 'kind'}, 'Studio '), view.studio])),
        h(Ask, {view, now, isLoading, actions})),
    h(Answer, {view, usage, problem, isLoading, actions}),
  ];
}

function Ask({view, now, isLoading, actions}) {
  const {from, to} = range(view, now);
  const field = (name, label, type, value) => h('label', null, label,
      h('input', {type, name, required: true, maxLength: type === 'text' ? 128 : null, spellcheck: false, autocapitalize: 'off', key: name + view[name], defaultValue: value || ''}));
  return h('form', {
    class: 'ask', 'aria-label': 'Usage of a studio',
    onSubmit: event => {
      event.preventDefault();
      const form = new FormData(event.currentTarget);
      actions.usage({studio: String(form.get('studio')).trim() || null, from: String(form.get('from')), to: String(form.get('to'))});
    },
  },
  field('studio', 'Studio id', 'text', view.studio), field('from', 'First day', 'date', from), field('to', 'Last day', 'date', to),
  h('button', {type: 'submit', 'aria-busy': String(isLoading)}, isLoading ? 'Reading…' : 'Show usage'));
}

function Answer({view, usage, problem, isLoading, actions}) {
  if (view.studio === null) {
    return h('section', {class: 'notice', 'aria-label': 'No studio'}, h('h2', null, 'Which studio do you want to look at?'),
        h('p', null, 'Write a studio’s id, exactly as the catalogue has it, and the days.'));
  }
  if (problem) return h(Trouble, {problem, actions, may: 'Its role may not see the usage of studios. Readers and operators may.'});
  if (usage === null) return h(Loading, {what: 'the usage of ' + view.studio});
  return h(Usage, {view, usage, isLoading, actions});
}

function Usage({view, usage, actions}) {
  const measure = MEASURES[view.measure] ? view.measure : 'acquired';
  const days = byDay(usage);
  const titles = byTitle(usage);
  return h('section', {class: 'history usage', 'aria-label': 'Usage'},
      h('div', {class: 'head'}, h('h2', null, 'Usage'),
          h('div', {class: 'segments', role: 'group', 'aria-label': 'Figure'}, Object.entries(MEASURES).map(([key, {name}]) =>
              h('button', {type: 'button', key, 'aria-pressed': String(key === measure), onClick: () => actions.measure(key)}, name))),
          h('button', {type: 'button', class: 'quiet', onClick: actions.saveUsage, 'aria-label': 'Save as CSV'}, 'CSV')),
      h('p', {class: 'hint'}, usage.closed ? 'These figures never change any more.'
          : 'Figures of open months still grow. Counted is what was stored before ' + shown(usage.countedUntil, 'utc') + ' UTC.', ' Days are those of UTC.'),
      titles.length === 0 || days.length === 0 ? h('p', {class: 'notice small'}, 'Nothing is counted for this studio in these days. Ids are compared exactly.') : [
        h('div', {class: 'scroll wide', tabIndex: 0, role: 'region', 'aria-label': 'Chart'}, h(Chart, {
          name: MEASURES[measure].name, days: days.map(day => day.day), values: days.map(day => day[measure]), isLevel: Boolean(MEASURES[measure].isLevel),
        })),
        h('div', {class: 'split'},
            h('section', {'aria-label': 'By day'}, h('h3', null, 'By day'), h(Table, {name: 'Days', first: 'Day', rows: [...days].reverse(), measure, head: row => row.day})),
            h('section', {'aria-label': 'By title'}, h('h3', null, 'By title'),
                h(Table, {name: 'Titles', first: 'Title', rows: titles.slice(0, MAX_TITLES), measure, head: row => row.titleId + (row.licenseType === 'DOWNLOAD' ? '' : ' (' + row.licenseType.toLowerCase() + ')')}),
                titles.length > MAX_TITLES ? h('p', {class: 'none'}, 'Only the first ' + MAX_TITLES + ' of ' + whole(titles.length) + ' are shown; CSV has all.') : null)),
      ]);
}

function Table({name, first, rows, measure, head}) {
  return h('div', {class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': name + ', table'}, h('table', null,
      h('thead', null, h('tr', null, h('th', {scope: 'col'}, first), Object.entries(MEASURES).map(([key, one]) =>
          h('th', {scope: 'col', key, class: 'number' + (key === measure ? ' chosen' : '')}, one.name)))),
      h('tbody', null, rows.map(row => h('tr', {key: head(row)}, h('th', {scope: 'row'}, head(row)), Object.keys(MEASURES).map(key =>
          h('td', {key, class: 'number' + (key === measure ? ' chosen' : '')}, whole(row[key]))))))));
}
