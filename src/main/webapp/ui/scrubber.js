// The scrubber: the instant for which the account is shown, on a slider as wide as the lanes' axis, in steps of commands, or
// written.
import {Component, h} from './preact.js';
import {instantOf, millisOf, parsed, shown} from './time.js';

/** Places of the slider. */
const PLACES = 2000;

export class Scrubber extends Component {
  constructor() {
    super();
    this.state = {written: null, wrong: false};
  }

  submit = event => {
    event.preventDefault();
    const instant = parsed(this.state.written || '');
    this.setState({wrong: instant === null});
    if (instant === null) return;
    this.setState({written: null});
    this.props.actions.goTo(instant);
  };

  render({view, from, to, clock, now, isLoading, before, actions}, {written, wrong}) {
    const at = view.at === null ? to : millisOf(view.at);
    const place = Math.round((Math.min(to, Math.max(from, at)) - from) / (to - from) * PLACES);
    const name = view.at === null ? 'now' : shown(view.at, clock, now);
    return h('section', {class: 'scrubber-bar', 'aria-label': 'Time'},
        h('div', {class: 'scrubber-line'},
            h('button', {type: 'button', onClick: () => actions.step(-1), 'aria-label': 'Step back in time', title: 'Step back in time  ['}, '◀'),
            h('button', {type: 'button', onClick: () => actions.step(1), disabled: view.at === null, 'aria-label': 'Step forward in time', title: 'Step forward in time  ]'}, '▶'),
            h('input', {
              type: 'range', min: 0, max: PLACES, step: 1, value: place, 'aria-label': 'Time of the state', 'aria-valuetext': name,
              onInput: event => {
                const chosen = Number(event.currentTarget.value);
                actions.goTo(chosen === PLACES && view.to === null ? null : instantOf(Math.round(from + (to - from) * chosen / PLACES)), true);
              },
            }),
            h('button', {type: 'button', onClick: () => actions.goTo(null), 'aria-pressed': String(view.at === null), title: 'Now  n'}, 'Now'),
            h('form', {class: 'written', onSubmit: this.submit},
                h('input', {
                  type: 'text', 'aria-label': 'Go to a time', placeholder: '2026-11-21 08:00:00', value: written === null ? (view.at || '') : written,
                  'aria-invalid': wrong ? 'true' : null, size: 27, spellcheck: false,
                  onInput: event => this.setState({written: event.currentTarget.value, wrong: false}),
                }),
                h('button', {type: 'submit'}, 'Go'))),
        h('p', {class: 'scrubber-text', 'aria-live': 'polite'},
            wrong ? 'That is no time. Write 2026-11-21 08:00:00 for a time in UTC, or 2026-11-21T08:00:00+02:00.'
                : [h('span', null, 'The account '), h('strong', null, view.at === null ? 'now' : clock === 'relative' ? name : 'at ' + name + (clock === 'utc' ? ' UTC' : '')),
                  before ? h('span', {class: 'compared'}, ' — marked: what differs from ' + (before.at === null ? 'now' : shown(before.at, clock, now))) : null,
                  isLoading ? h('span', {class: 'loading'}, ' — loading…') : null]));
  }
}
