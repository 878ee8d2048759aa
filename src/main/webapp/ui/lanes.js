// The lanes: one for what was denied, and one for each device, license, download and session, with its events along an axis of
// time. A drag over them zooms in, a click goes to the time, a click on a mark opens the event. Everything in them is in the list,
// too.
import {Component, h} from './preact.js';
import {instantOf, marks, millisOf, shown} from './time.js';
import {markOf} from './denials.js';
import {DENIAL} from './filters.js';
import {aggregateOf} from './rows.js';

const TYPES = [DENIAL, 'Device', 'License', 'Download', 'Session'];

/** Lanes of a type that are drawn before the others are asked for. */
const FEW = 8;

/** Most lanes that are drawn at all. */
const MOST = 200;

const LANE = 20;
const AXIS = 22;

/** Marks that are nearer to each other than this, in pixels, are one with a number. */
const NEAR = 9;

const ENDS = new Set(['LicenseReleased', 'LicenseRevoked', 'DeviceDeactivated', 'SessionStopped']);

/** The lanes of what is shown: denials first, then devices, and in each type the one with the latest event first. */
export function lanesOf(rows, denials) {
  const lanes = new Map();
  const denied = denials.map(denial => ({at: millisOf(denial.lastAt), event: markOf(denial)})).reverse();
  if (denied.length) lanes.set(DENIAL, {key: DENIAL, type: DENIAL, id: 'Denied', events: denied, end: null});
  for (const {command, events} of rows) {
    for (const event of events) {
      const key = aggregateOf(event);
      if (!lanes.has(key)) lanes.set(key, {key, type: event.aggregateType, id: event.aggregateId, events: [], end: null});
      const lane = lanes.get(key);
      lane.events.push({at: millisOf(command.at), event});
      if (ENDS.has(event.event)) lane.end = millisOf(command.at);
      else if (lane.end !== null) lane.end = null;
      const expires = (event.changes || []).find(change => change.field === 'expiresAt' || change.field === 'endsAt');
      if (expires && expires.after) lane.expires = millisOf(expires.after);
    }
  }
  const latest = lane => lane.events[lane.events.length - 1].at;
  const rank = lane => TYPES.indexOf(lane.type) === -1 ? TYPES.length : TYPES.indexOf(lane.type);
  return [...lanes.values()].sort((a, b) => rank(a) - rank(b) || latest(b) - latest(a));
}

/** The lanes, as many as are wanted of each type, and how many there are of it. */
function chosen(lanes, unfolded) {
  const groups = [];
  for (const lane of lanes) {
    let group = groups.find(one => one.type === lane.type);
    if (!group) groups.push(group = {type: lane.type, lanes: [], count: 0});
    group.count++;
    if (group.lanes.length < (unfolded.has(lane.type) ? MOST : FEW)) group.lanes.push(lane);
  }
  return groups;
}

export class Lanes extends Component {
  constructor() {
    super();
    this.state = {width: 600, unfolded: new Set(), drag: null};
    this.measure = element => {
      if (this.watch) this.watch.disconnect();
      if (!element) return;
      this.watch = new ResizeObserver(entries => {
        const width = Math.floor(entries[0].contentRect.width);
        if (width !== this.state.width && width > 0) this.setState({width});
      });
      this.watch.observe(element);
    };
  }

  x(at) {
    const {from, to} = this.props;
    return (at - from) / (to - from) * this.state.width;
  }

  at(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return this.props.from + share * (this.props.to - this.props.from);
  }

  down = event => {
    if (event.button !== 0) return;
    this.setState({drag: {begin: this.at(event), end: this.at(event)}});
  };

  move = event => {
    if (this.state.drag) this.setState({drag: {...this.state.drag, end: this.at(event)}});
  };

  up = event => {
    const drag = this.state.drag;
    this.setState({drag: null});
    if (!drag) return;
    const [begin, end] = [Math.min(drag.begin, drag.end), Math.max(drag.begin, drag.end)];
    if (this.x(end) - this.x(begin) > 6) this.props.onZoom(begin, end);
    else if (!event.target.closest('[data-event]')) this.props.onTime(instantOf(Math.round(end)));
  };

  leave = () => this.setState({drag: null});

  toggle(type) {
    const unfolded = new Set(this.state.unfolded);
    if (!unfolded.delete(type)) unfolded.add(type);
    this.setState({unfolded});
  }

  render({lanes, from, to, at, clock, now, about, isOpen, onOpen, onOnly, onNot}, {width, unfolded, drag}) {
    const groups = chosen(lanes, unfolded);
    const drawn = groups.flatMap(group => group.lanes);
    const height = AXIS + drawn.length * LANE;
    const scrubber = at === null ? Math.min(to, now) : millisOf(at);
    const labels = [];
    for (const group of groups) {
      for (const lane of group.lanes) labels.push(this.label(lane, about, onOnly, onNot));
    }
    return h('div', {class: 'lanes'},
        h('div', {class: 'lane-grid'},
            h('ul', {class: 'lane-names', 'aria-label': 'Lanes'}, labels),
            h('div', {class: 'lane-box', ref: this.measure},
                h('svg', {
                  width, height, role: 'img', class: 'lane-drawing',
                  'aria-label': drawn.length + ' lanes from ' + shown(instantOf(from), 'utc') + ' to ' + shown(instantOf(to), 'utc')
                      + ' UTC. The list has the same events.',
                  onPointerDown: this.down, onPointerMove: this.move, onPointerUp: this.up, onPointerLeave: this.leave,
                },
                h('rect', {class: 'ground', width, height}),
                marks(from, to, Math.max(2, Math.floor(width / 110)), clock, now).map(mark => h('g', {key: mark.at},
                    h('line', {class: 'grid', x1: this.x(mark.at), x2: this.x(mark.at), y1: AXIS - 4, y2: height}),
                    h('text', {class: 'mark', x: this.x(mark.at) + 3, y: 14}, mark.label))),
                drawn.map((lane, index) => this.lane(lane, AXIS + index * LANE, isOpen, onOpen)),
                h('line', {class: 'scrubber', x1: this.x(scrubber), x2: this.x(scrubber), y1: 0, y2: height}),
                drag && h('rect', {
                  class: 'brush', x: Math.min(this.x(drag.begin), this.x(drag.end)), y: 0,
                  width: Math.abs(this.x(drag.end) - this.x(drag.begin)), height,
                })))),
        h('p', {class: 'more'}, groups.filter(group => group.count > FEW).map(group =>
            h('button', {type: 'button', class: 'quiet', onClick: () => this.toggle(group.type), 'aria-expanded': String(unfolded.has(group.type))},
                unfolded.has(group.type)
                    ? 'Fewer of ' + group.count + ' ' + group.type.toLowerCase() + ' lanes'
                    : 'All ' + group.count + ' ' + group.type.toLowerCase() + ' lanes'))));
  }

  label(lane, about, onOnly, onNot) {
    const name = about.get(lane.key) || lane.id;
    const of = lane.type === DENIAL ? 'denials' : lane.type + ' ' + lane.id;
    const label = lane.type === DENIAL ? of : lane.type + ' ' + name;
    return h('li', {key: lane.key, class: 'lane-name'},
        h('button', {type: 'button', class: 'plain', onClick: () => onOnly(lane.key), title: 'Only ' + of,
          'aria-label': 'Only ' + label},
        h('span', {class: 'swatch of-' + lane.type}), h('span', {class: 'text'}, name)),
        h('button', {type: 'button', class: 'plain off', onClick: () => onNot(lane.key), 'aria-label': 'Without ' + label,
          title: 'Without ' + of}, '×'));
  }

  lane(lane, y, isOpen, onOpen) {
    const {from, to, now} = this.props;
    const middle = y + LANE / 2;
    const begin = Math.max(from, lane.events[0].at);
    const until = lane.end || (lane.expires ? Math.min(lane.expires, now) : lane.type === 'Download' ? lane.events[lane.events.length - 1].at : now);
    const end = Math.min(to, Math.max(until, lane.events[lane.events.length - 1].at));
    return h('g', {key: lane.key, class: 'lane of-' + lane.type},
        lane.type !== DENIAL && end > begin && h('rect', {class: 'life', x: this.x(begin), y: middle - 3, width: Math.max(1, this.x(end) - this.x(begin)), height: 6, rx: 2}),
        this.near(lane.events).map(mark => this.mark(mark, middle, isOpen, onOpen)));
  }

  mark({x, events}, middle, isOpen, onOpen) {
    const first = events[0];
    const last = events[events.length - 1];
    const count = events.reduce((sum, event) => sum + (event.count || 1), 0);
    return h('g', {
      key: first.eventId, class: 'event' + (events.some(isOpen) ? ' open' : ''), 'data-event': first.eventId, onClick: () => onOpen(last.seq),
    },
    h('title', null, events.length === 1 ? last.event : events.length + ' marks, the last ' + last.event),
    h('rect', {x: x - 4, y: middle - 6, width: count > 1 ? 12 : 8, height: 12, rx: 3}),
    count > 1 && h('text', {class: 'count', x: x + 2, y: middle + 3.5}, count > 99 ? '…' : count));
  }

  /** The marks of a lane, of which those that would cover each other are one. */
  near(events) {
    const {from, to} = this.props;
    const found = [];
    for (const {at, event} of events) {
      if (at < from || at > to) continue;
      const last = found[found.length - 1];
      if (last && this.x(at) - last.x < NEAR) last.events.push(event);
      else found.push({x: this.x(at), events: [event]});
    }
    return found;
  }
}
