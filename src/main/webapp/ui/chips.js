// The filters that are set, each of which can be turned round or taken away, and the form for one more.
import {Component, h} from './preact.js';
import {DENIAL, KINDS} from './filters.js';

const VALUES = {aggregate: ['License', 'Download', 'Device', 'Session', DENIAL], tier: ['HOT', 'ARCHIVE']};

export class Chips extends Component {
  constructor() {
    super();
    this.state = {kind: 'text'};
  }

  submit = event => {
    event.preventDefault();
    const form = event.currentTarget;
    const value = String(new FormData(form).get('value')).trim();
    const side = event.submitter && event.submitter.value === 'not' ? 'not' : 'only';
    if (!value) return;
    this.props.actions.filter(side, this.state.kind, value);
    if (form.elements.value.tagName === 'INPUT') form.elements.value.value = '';
  };

  render({view, events, actions, children}, {kind}) {
    const values = kind === 'event' ? events : VALUES[kind];
    const set = ['only', 'not'].flatMap(side => Object.keys(KINDS).flatMap(one => view[side][one].map(value => ({side, kind: one, value}))));
    return h('div', {class: 'filters', role: 'group', 'aria-label': 'Filters'},
        h('form', {onSubmit: this.submit, class: 'filter-form'},
            h('select', {'aria-label': 'Filter by', value: kind, onChange: event => this.setState({kind: event.currentTarget.value})},
                ['text', 'aggregate', 'event', 'tier'].map(one => h('option', {key: one, value: one, selected: one === kind}, KINDS[one].name))),
            values
                ? h('select', {name: 'value', key: kind, 'aria-label': KINDS[kind].name}, values.map(value => h('option', {key: value, value}, value)))
                : h('input', {name: 'value', key: kind, type: 'text', 'aria-label': KINDS[kind].name, placeholder: 'id, field, caller', maxLength: 128, spellcheck: false}),
            h('button', {type: 'submit', value: 'only'}, 'Only'),
            h('button', {type: 'submit', value: 'not'}, 'Without')),
        set.length ? h('ul', {class: 'chips', 'aria-label': 'Filters that are set'}, set.map(one => h('li', {key: one.side + one.kind + one.value, class: 'chip ' + one.side},
            h('button', {type: 'button', class: 'plain', title: 'Turn round', onClick: () => actions.filter(one.side === 'only' ? 'not' : 'only', one.kind, one.value)},
                (one.side === 'only' ? '' : 'without ') + one.value),
            h('button', {type: 'button', class: 'plain', 'aria-label': 'Take away the filter ' + one.value, onClick: () => actions.unfilter(one.side, one.kind, one.value)}, '×')))) : null,
        children);
  }
}
