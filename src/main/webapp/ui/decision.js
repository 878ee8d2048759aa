// A decision: its result, and every rule that was evaluated, those that deny first.
import {h} from './preact.js';
import {Used} from './account.js';
import {shown} from './time.js';
import {remedy, rule} from './words.js';

export const RESULTS = {ALLOWED: 'Allowed', EXISTING: 'Allowed: there is an active license already', DENIED: 'Denied'};

/** Most counted events of a rule that are named one by one. */
const MAX_COUNTED = 50;

/** name: what the table of the rules is called; two of them may be in the page. */
export function Decision({decision, name = 'Rules', clock, now, actions}) {
  const time = instant => shown(instant, clock, now);
  return h('div', {class: 'decision'},
      h('p', {class: 'result'}, h('strong', {class: decision.result}, RESULTS[decision.result] || decision.result),
          ' at ' + time(decision.at) + ', under ' + (decision.policyVersion === null ? 'policies that nobody has written' : 'version ' + decision.policyVersion + ' of the policies')),
      h('div', {class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': name + ', table'}, h('table', null,
          h('thead', null, h('tr', null, ['Rule', 'Answer', 'Counted', 'Events that count', 'Frees up', 'What the member can do'].map(name => h('th', {scope: 'col', key: name}, name)))),
          h('tbody', null, [...decision.rules].sort((a, b) => a.satisfied - b.satisfied).map(result => h('tr', {key: result.rule, class: result.satisfied ? '' : 'full'},
              h('th', {scope: 'row', title: result.rule}, rule(result.rule), h('span', {class: 'id'}, result.scope && result.scope !== 'global' ? 'by ' + result.scope : '')),
              h('td', {class: 'answer'}, result.satisfied ? '✓ allows' : '✗ denies'),
              h('td', null, result.current === null ? '' : result.limit === null ? result.current + ', no limit' : h(Used, {used: result.current, limit: result.limit})),
              h('td', {class: 'counted'}, result.countedEvents.slice(0, MAX_COUNTED).map(id =>
                  h('button', {type: 'button', key: id, class: 'link', onClick: () => actions.reveal(Number(id)), 'aria-label': 'Event ' + id}, id)),
              result.countedEvents.length > MAX_COUNTED ? ' and ' + (result.countedEvents.length - MAX_COUNTED) + ' more' : null),
              h('td', {class: 'time'}, result.nextAllowedAt ? time(result.nextAllowedAt) : result.satisfied ? '' : 'not by waiting'),
              h('td', null, result.remedies.map(remedy).join(', or '))))))));
}
