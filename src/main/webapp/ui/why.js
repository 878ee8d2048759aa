// Why a download or a stream is allowed or not: a dry run, now or at the scrubber's time, with every rule that was evaluated, and
// what would be decided if something else were so.
import {Component, h} from './preact.js';
import {Decision} from './decision.js';
import {parsed, shown} from './time.js';
import {Fields, Potential, supposed} from './whatif.js';

export class Why extends Component {
  constructor() {
    super();
    this.state = {wrong: false};
  }

  submit = event => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = name => String(form.get(name)).trim() || null;
    const {view, actions} = this.props;
    const suppose = view.whatIf ? supposed(form, parsed) : view.suppose;
    this.setState({wrong: suppose === null});
    if (suppose !== null) actions.decide({title: value('title'), device: value('device'), plan: value('plan'), type: value('type'), suppose});
  };

  render({view, suggested, decided, problem, isLoading, clock, now, actions}, {wrong}) {
    // Another suggestion leaves a field alone that somebody writes in; another address does not.
    const field = (name, label) => h('label', null, label,
        h('input', {type: 'text', name, required: true, maxLength: 128, spellcheck: false, autocapitalize: 'off', key: name + view[name], defaultValue: view[name] || suggested[name] || ''}));
    return h('section', {class: 'why', 'aria-label': 'Why'},
        h('div', {class: 'head'}, h('h2', null, 'Why'), h('p', {class: 'hint'}, view.at === null
            ? 'What would be answered now. Nothing is written.'
            : 'What was answered, or would have been, at ' + shown(view.at, clock === 'relative' ? 'utc' : clock, now) + ', by the events and policies of then. Nothing is written.'),
        h('button', {type: 'button', 'aria-pressed': String(view.whatIf), onClick: () => actions.whatIf(!view.whatIf)}, 'What if?'),
        h('button', {type: 'button', class: 'quiet', onClick: () => actions.why(false)}, 'Close')),
        h('form', {onSubmit: this.submit, class: 'ask'},
            field('title', 'Title'), field('device', 'Device'), field('plan', 'Plan'),
            h('label', null, 'Kind', h('select', {name: 'type', key: view.type || ''},
                h('option', {value: 'DOWNLOAD', selected: view.type !== 'STREAMING'}, 'Download'), h('option', {value: 'STREAMING', selected: view.type === 'STREAMING'}, 'Stream'))),
            view.whatIf ? h(Fields, {suppose: view.suppose, wrong}) : null,
            h('button', {type: 'submit', 'aria-busy': String(isLoading)}, isLoading ? 'Deciding…' : 'Decide')),
        problem ? h('p', {class: 'problem', role: 'alert'}, h('strong', null, problem.title), ' ', problem.message) : null,
        decided && decided.potential ? h(Potential, {view, decision: decided.now, potential: decided.potential, clock, now, actions}) : null,
        decided ? h('div', {role: 'status'}, h(Decision, {decision: decided.now, clock, now, actions})) : null);
  }
}
