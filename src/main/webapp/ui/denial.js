// A denial as a row of the list, and in full: what was asked for, which rules forbade it with which numbers, how often and when.
import {h} from './preact.js';
import {Used} from './account.js';
import {placeOf} from './denials.js';
import {shown} from './time.js';
import {ending, kind, remedy, rule} from './words.js';

const about = denial => [denial.titleId, denial.deviceId].filter(Boolean).join(' · ');

export function Denial({denial, isOpen, place, clock, now, actions}) {
  return h('li', {class: 'command denial ' + place},
      h('div', {class: 'event-row'},
          h('button', {type: 'button', class: 'plain time', onClick: () => actions.goTo(denial.lastAt), title: 'State at that time: ' + denial.lastAt}, shown(denial.lastAt, clock, now)),
          h('button', {
            type: 'button', class: 'plain event-name', id: 'event-' + placeOf(denial), 'data-seq': placeOf(denial), 'aria-expanded': String(isOpen),
            onClick: () => actions.toggleDenial(denial.denialId),
          },
          h('span', {class: 'swatch of-Denial'}), h('span', {class: 'name'}, denial.count === 1 ? 'Denied' : 'Denied ' + denial.count + ' ×'),
          h('span', {class: 'brief'}, kind(denial.kind) + '  ' + about(denial) + '  ' + denial.rules.map(found => rule(found.rule)).join(', '))),
          isOpen ? h(Detail, {denial, clock, now: now || Date.now(), actions}) : null));
}

const Fact = ({name, children}) => [h('dt', null, name), h('dd', null, children)];

function Detail({denial, clock, now, actions}) {
  const time = instant => h('time', {dateTime: instant, title: instant}, shown(instant, clock, now) + (clock === 'utc' ? ' UTC' : ''));
  return h('div', {class: 'detail', role: 'group', 'aria-label': 'Denial ' + denial.denialId},
      h('div', {class: 'detail-acts'},
          denial.kind === 'ACQUIRE' ? h('button', {type: 'button', onClick: () => actions.whyDenied(denial)}, 'Why then?') : null,
          h('button', {type: 'button', onClick: () => actions.goTo(denial.lastAt)}, 'State then'),
          h('button', {type: 'button', onClick: () => actions.filter('only', 'aggregate', 'Denial')}, 'Only denials'),
          h('button', {type: 'button', onClick: () => actions.filter('not', 'aggregate', 'Denial')}, 'Without denials')),
      h('dl', {class: 'facts'},
          h(Fact, {name: 'Asked for'}, kind(denial.kind)),
          h(Fact, {name: 'Denied'}, denial.count === 1 ? 'once' : denial.count + ' times within the hour'),
          h(Fact, {name: 'First'}, time(denial.firstAt)),
          h(Fact, {name: 'Last'}, time(denial.lastAt)),
          h(Fact, {name: 'Device'}, denial.deviceId),
          h(Fact, {name: 'Title'}, denial.titleId === null ? 'none' : denial.titleId + ' of ' + denial.studioId),
          h(Fact, {name: 'Plan'}, denial.plan === null ? 'not known' : denial.plan),
          h(Fact, {name: 'Policies'}, denial.policyVersion === null ? 'have no say in it' : 'version ' + denial.policyVersion)),
      h('div', {class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Rules that denied, table'}, h('table', null,
          h('thead', null, h('tr', null, ['Rule', 'Counted', 'Freed up', 'What the member could do'].map(name => h('th', {scope: 'col', key: name}, name)))),
          h('tbody', null, denial.rules.map(found => h('tr', {key: found.rule, class: 'full'},
              h('th', {scope: 'row', title: found.rule}, rule(found.rule), h('span', {class: 'id'}, found.scope && found.scope !== 'global' ? 'by ' + found.scope : '')),
              h('td', null, counted(found)),
              h('td', {class: 'time'}, found.nextAllowedAt ? shown(found.nextAllowedAt, clock, now) : 'not by waiting'),
              h('td', null, found.remedies.map(remedy).join(', or '))))))),
      h('p', {class: 'hint'}, denial.kind === 'ACQUIRE'
          ? 'The numbers are those of the last time. “Why then?” decides it again as of that time, and names the events that were counted.'
          : 'The numbers are those of the last time. Only what was acquired can be decided again.'));
}

function counted(found) {
  if (found.current !== null) return found.limit === null ? found.current + ', no limit' : h(Used, {used: found.current, limit: found.limit});
  return found.ending ? ending(found.ending) : '';
}
