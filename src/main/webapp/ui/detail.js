// One event in full: what it says, what it changed, what else its command did, and how to find it again.
import {h} from './preact.js';
import {address, path} from './api.js';
import {justBefore, shown} from './time.js';
import {rule} from './words.js';

/** A text in single quotes for SQL. */
const quoted = text => "'" + text.replaceAll("'", "''") + "'";

/** The query that finds the event in view event_history. The time lets the database look into one month only. */
export const sql = (customer, command, event) =>
  'select * from event_history\nwhere customer_id = ' + quoted(customer) + '\n  and event_time = ' + quoted(command.at) + '\n  and seq = ' + event.seq + ';';

/** The command that asks the API for the event. */
export function curl(customer, event) {
  const url = address(path('customers', customer, 'timeline'), {eventId: event.eventId, newest: 'false', limit: 1});
  return 'curl -s -H "Authorization: Bearer $(cat .tally/reader.jwt)" \\\n  \'' + String(url).replaceAll("'", '%27') + "'";
}

function Copied({name, text, onCopy}) {
  return h('div', {class: 'copied'},
      h('div', {class: 'copied-head'}, h('h3', null, name),
          h('button', {type: 'button', class: 'quiet', onClick: () => onCopy(text), 'aria-label': 'Copy ' + name}, 'Copy')),
      h('pre', {tabIndex: 0, role: 'group', 'aria-label': name}, text));
}

const Fact = ({name, children}) => [h('dt', null, name), h('dd', null, children)];

export function Detail({customer, command, event, clock, now, actions}) {
  const others = command.events.filter(one => one !== event);
  const time = instant => shown(instant, clock, now);
  return h('div', {class: 'detail', role: 'group', 'aria-label': 'Event ' + event.eventId},
      h('div', {class: 'detail-acts'},
          h('button', {type: 'button', onClick: () => actions.goTo(justBefore(command.at))}, 'State before'),
          h('button', {type: 'button', onClick: () => actions.goTo(command.at)}, 'State after'),
          h('button', {type: 'button', onClick: () => actions.filter('only', 'one', event.aggregateType + '/' + event.aggregateId)}, 'Only this ' + event.aggregateType.toLowerCase()),
          h('button', {type: 'button', onClick: () => actions.filter('not', 'event', event.event)}, 'Without ' + event.event)),
      h('dl', {class: 'facts'},
          h(Fact, {name: 'Event'}, event.eventId + ', ' + event.event),
          h(Fact, {name: 'Stored at'}, h('time', {dateTime: command.at, title: command.at}, clock === 'utc' ? command.at : time(command.at) + ' (' + command.at + ')')),
          h(Fact, {name: 'Device’s time'}, event.occurredAt ? h('time', {dateTime: event.occurredAt}, time(event.occurredAt)) : 'not told'),
          h(Fact, {name: event.aggregateType}, event.aggregateId),
          h(Fact, {name: 'Called by'}, command.caller || 'not known'),
          h(Fact, {name: 'Command'}, command.commandId || 'not known any more'),
          h(Fact, {name: 'Written by'}, event.version === null ? event.event + ', which this version cannot read' : 'mapper ' + event.event + '/' + event.version),
          h(Fact, {name: 'Lies in'}, 'generation ' + event.generation + ', tier ' + event.tier)),
      h('div', {class: 'columns'},
          h('section', null, h('h3', null, 'What it changed'), h(Changes, {event})),
          h('section', null, h('h3', null, 'Budgets of the command'), h(Budgets, {command})),
          h('section', null, h('h3', null, 'Its command’s other events'),
              others.length === 0 ? h('p', {class: 'none'}, 'None.')
                  : h('ul', {class: 'others'}, others.map(one => h('li', {key: one.seq},
                      h('button', {type: 'button', class: 'link', onClick: () => actions.reveal(one.seq)}, one.eventId + ' ' + one.event)))))),
      h(Copied, {name: 'Payload', text: event.payload === null ? 'This version of the service cannot read it.' : JSON.stringify(event.payload, null, 2), onCopy: actions.copy}),
      h('div', {class: 'columns'},
          h(Copied, {name: 'SQL', text: sql(customer, command, event), onCopy: actions.copy}),
          h(Copied, {name: 'curl', text: curl(customer, event), onCopy: actions.copy})));
}

function Changes({event}) {
  if (event.changes === null) return h('p', {class: 'none'}, 'Not known any more: events before it have been retired, or cannot be read.');
  if (event.changes.length === 0) return h('p', {class: 'none'}, 'Nothing that answers show.');
  return h('table', null,
      h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Field'), h('th', {scope: 'col'}, 'Before'), h('th', {scope: 'col'}, 'After'))),
      h('tbody', null, event.changes.map(change => h('tr', {key: change.field},
          h('th', {scope: 'row'}, change.field), h('td', {class: 'was'}, change.before === null ? '—' : change.before),
          h('td', {class: 'is'}, change.after === null ? '—' : change.after)))));
}

function Budgets({command}) {
  if (command.budgets === null) return h('p', {class: 'none'}, 'Not known any more.');
  if (command.budgets.length === 0) return h('p', {class: 'none'}, 'None changed.');
  return h('ul', {class: 'budget-changes'}, command.budgets.map(budget => h('li', {key: budget.rule},
      rule(budget.rule) + ': ' + budget.usedBefore + ' → ' + budget.usedAfter + (budget.limit === null ? '' : ' of ' + budget.limit))));
}
