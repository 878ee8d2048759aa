// Whom an id belongs to that is not a customer's: a license's, a device's, a session's, or that of a command.
import {h} from './preact.js';
import * as api from './api.js';
import {ofCustomer, write} from './address.js';
import {shown} from './time.js';

const NAMES = {license: 'a license', download: 'a download', device: 'a device', session: 'a session', customer: 'the customer'};

/** Customers in whose history an id stands. */
export const find = (id, signal) => api.get('customers', {id}, signal);

/** The view of a customer with the event open that was found. */
export const viewOf = (hit, view) => ({...ofCustomer(hit.customerId, view), open: [Number(hit.eventId)]});

/** What an id is, in words. */
function what(hit) {
  const name = NAMES[hit.aggregateType.toLowerCase()] || hit.aggregateType;
  return hit.isCommand ? 'a command that changed ' + name : name;
}

export function Found({id, found, problem, view, now}) {
  if (problem) {
    const why = problem.status === 403 ? 'Your token may not search.' : problem.message;
    return h('p', {class: 'problem', role: 'alert'}, h('strong', null, 'Not searched as another id. '), why);
  }
  if (found === null) return h('p', {role: 'status'}, 'Searching licenses, devices, sessions and commands for it…');
  const time = instant => shown(instant, view.clock, now);
  const until = Date.parse(found.to) > now ? 'now' : time(found.to);
  const searched = 'Events from ' + time(found.from) + ' to ' + until + ' were searched' + (view.clock === 'utc' ? ' (UTC).' : '.');
  if (found.customers.length === 0) {
    return h('p', {role: 'status'}, 'No license, device, session or command has this id either. ', searched);
  }
  return h('section', {'aria-label': 'Found'},
      h('h3', null, 'But there is something with this id'),
      h('ul', null, found.customers.map(hit => h('li', {key: hit.customerId},
          h('a', {href: write(viewOf(hit, view))}, 'Customer ' + hit.customerId), ': ' + what(hit) + ', last in event ' + hit.eventId + ', ' + time(hit.at)))),
      h('p', {class: 'hint'}, found.hasMore ? 'More customers have ' + id + '. ' : null, searched));
}
