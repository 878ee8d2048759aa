// The list of events, newest first, grouped by command, with what was denied among them. It reads older pages when it is asked to,
// and shows several events in full at a time.
import {Component, h} from './preact.js';
import {Denial} from './denial.js';
import {Detail} from './detail.js';
import {brief} from './rows.js';
import {shown} from './time.js';

export function List({rows, view, window, clock, now, about, isLoading, current, unfolded, actions}) {
  const isOpen = seq => view.open.includes(seq);
  return h('div', {class: 'list'},
      window.newer || window.isCut ? h('p', {class: 'end'}, h('button', {type: 'button', disabled: isLoading, onClick: actions.newer}, 'Newer events'),
          h('button', {type: 'button', class: 'quiet', onClick: actions.newest}, 'The newest')) : null,
      h('ol', {class: 'events', 'aria-label': 'Events, newest first'}, rows.map(row => row.denial
          ? h(Denial, {
            key: row.denial.denialId, denial: row.denial, isOpen: view.denials.includes(row.denial.denialId), place: placeAt(row.denial.lastAt, current),
            clock, now: relativeNow(clock, now), actions,
          })
          : row.noise
          ? h(Noise, {key: 'noise-' + row.noise[0].events[0].seq, row, clock, now: relativeNow(clock, now), about, isUnfolded: unfolded.has(row.noise[0].events[0].seq), actions, view, current})
          : h(Command, {
            key: row.events[0].seq, row, clock, now: relativeNow(clock, now), about, customer: view.customer, actions,
            opened: row.events.filter(event => isOpen(event.seq)).map(event => event.seq).join(','), place: placeOf(row, current),
          }))),
      h('p', {class: 'end'}, window.older
          ? h('button', {type: 'button', disabled: isLoading, onClick: actions.older}, isLoading ? 'Loading…' : 'Older events')
          : h(Beginning, {window})));
}

/** Only relative times change while one looks: rows without them are not drawn again. */
const relativeNow = (clock, now) => clock === 'relative' ? Math.floor(now / 30000) * 30000 : 0;

const placeOf = (row, current) => row.command.at === current ? 'current' : placeAt(row.command.at, current);

const placeAt = (at, current) => current !== null && at > current ? 'future' : 'past';

function Beginning({window}) {
  const first = window.commands[0];
  if (window.retiredUntil) return 'Events before ' + shown(window.retiredUntil, 'utc') + ' UTC have been retired, except those that a state still needed.';
  if (first && first.events[0].seq > 1 && !window.isFiltered) return 'The history begins with event ' + first.events[0].seq + ': the customer was erased before it.';
  return 'The beginning.';
}

/** One command. It is drawn again only if something of it has changed. */
class Command extends Component {
  shouldComponentUpdate(next) {
    const is = this.props;
    return is.row.command !== next.row.command || is.row.events.length !== next.row.events.length || is.clock !== next.clock || is.now !== next.now
        || is.opened !== next.opened || is.place !== next.place || is.about !== next.about;
  }

  render({row, clock, now, about, customer, actions, opened, place}) {
    const {command, events} = row;
    const open = opened === '' ? [] : opened.split(',').map(Number);
    const hidden = command.events.length - events.length;
    const isOne = command.events.length === 1;
    return h('li', {class: 'command ' + place, 'aria-current': place === 'current' ? 'time' : null},
        isOne ? null : h('p', {class: 'command-head'},
            h('button', {type: 'button', class: 'plain time', onClick: () => actions.goTo(command.at), title: 'State after this command: ' + command.at}, shown(command.at, clock, now)),
            h('span', {class: 'who'}, command.events.length + ' events · ' + (command.caller || 'caller not known') + (hidden ? ' · ' + hidden + ' filtered out' : ''))),
        events.map(event => h('div', {key: event.seq, class: 'event-row'},
            isOne ? h('button', {type: 'button', class: 'plain time', onClick: () => actions.goTo(command.at), title: 'State after this command: ' + command.at}, shown(command.at, clock, now)) : h('span', {class: 'time'}),
            h('button', {
              type: 'button', class: 'plain event-name', id: 'event-' + event.seq, 'data-seq': event.seq, 'aria-expanded': String(open.includes(event.seq)),
              onClick: () => actions.toggle(event.seq),
            },
            h('span', {class: 'swatch of-' + event.aggregateType}), h('span', {class: 'name'}, event.event),
            h('span', {class: 'brief'}, brief(event, about)),
            event.tier === 'ARCHIVE' ? h('span', {class: 'badge'}, 'archive') : null,
            event.occurredAt && Math.abs(Date.parse(command.at) - Date.parse(event.occurredAt)) > LATE ? h('span', {class: 'badge'}, 'told late') : null),
            open.includes(event.seq) ? h(Detail, {customer, command, event, clock, now: now || Date.now(), actions}) : null)));
  }
}

/** A device's time that is further than this from the server's is worth a word, in milliseconds. */
const LATE = 10 * 60 * 1000;

/** Commands that say only that a session goes on. */
function Noise({row, clock, now, about, isUnfolded, actions, view, current}) {
  const first = row.noise[0];
  const last = row.noise[row.noise.length - 1];
  const names = [...new Set(row.noise.map(one => one.events[0].event))].join(', ');
  const isOpen = row.noise.some(one => view.open.includes(one.events[0].seq));
  const shownRows = isUnfolded || isOpen;
  return h('li', {class: 'noise ' + placeOf(last, current)},
      h('div', {class: 'event-row'},
          h('span', {class: 'time'}, shown(last.command.at, clock, now)),
          h('button', {type: 'button', class: 'plain event-name', 'aria-expanded': String(shownRows), 'data-seq': first.events[0].seq, onClick: () => actions.unfold(first.events[0].seq)},
              h('span', {class: 'swatch of-Session'}), h('span', {class: 'name'}, row.noise.length + ' × ' + names),
              h('span', {class: 'brief'}, about.get('Session/' + first.events[0].aggregateId) || first.events[0].aggregateId))),
      shownRows ? h('ol', {class: 'events'}, [...row.noise].reverse().map(one => h(Command, {
        key: one.events[0].seq, row: one, clock, now, about, customer: view.customer, actions,
        opened: one.events.filter(event => view.open.includes(event.seq)).map(event => event.seq).join(','), place: placeOf(one, current),
      }))) : null);
}
