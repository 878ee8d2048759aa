// Why a download or a stream is allowed or not: a dry run, now or at the scrubber's time, with every rule that was evaluated.
import {Component, h} from './preact.js';
import {Used} from './account.js';
import {shown} from './time.js';
import {remedy, rule} from './words.js';

const RESULTS = {ALLOWED: 'Allowed', EXISTING: 'Allowed: there is an active license already', DENIED: 'Denied'};

/** Most counted events of a rule that are named one by one. */
const MAX_COUNTED = 50;

export class Why extends Component {
  submit = event => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = name => String(form.get(name)).trim() || null;
    this.props.actions.decide({title: value('title'), device: value('device'), plan: value('plan'), type: value('type')});
  };

  render({view, suggested, decision, problem, isLoading, clock, now, actions}) {
    const field = (name, label, value) => h('label', null, label,
        h('input', {type: 'text', name, required: true, maxLength: 128, spellcheck: false, autocapitalize: 'off', key: name + value, defaultValue: value || '', value: undefined}));
    return h('section', {class: 'why', 'aria-label': 'Why'},
        h('div', {class: 'head'}, h('h2', null, 'Why'), h('p', {class: 'hint'}, view.at === null
            ? 'What would be answered now. Nothing is written.'
            : 'What was answered, or would have been, at ' + shown(view.at, clock === 'relative' ? 'utc' : clock, now) + ', by the events and policies of then. Nothing is written.'),
        h('button', {type: 'button', class: 'quiet', onClick: () => actions.why(false)}, 'Close')),
        h('form', {onSubmit: this.submit, class: 'ask'},
            field('title', 'Title', view.title || suggested.title), field('device', 'Device', view.device || suggested.device), field('plan', 'Plan', view.plan || suggested.plan),
            h('label', null, 'Kind', h('select', {name: 'type', key: view.type || ''},
                h('option', {value: 'DOWNLOAD', selected: view.type !== 'STREAMING'}, 'Download'), h('option', {value: 'STREAMING', selected: view.type === 'STREAMING'}, 'Stream'))),
            h('button', {type: 'submit', disabled: isLoading}, isLoading ? 'Deciding…' : 'Decide')),
        problem ? h('p', {class: 'problem', role: 'alert'}, h('strong', null, problem.title), ' ', problem.message) : null,
        decision ? h(Decision, {decision, clock, now, actions}) : null);
  }
}

function Decision({decision, clock, now, actions}) {
  const time = instant => shown(instant, clock, now);
  return h('div', {class: 'decision', role: 'status'},
      h('p', {class: 'result ' + decision.result}, h('strong', null, RESULTS[decision.result] || decision.result),
          ' at ' + time(decision.at) + ', under version ' + decision.policyVersion + ' of the policies'),
      h('div', {class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Rules, table'}, h('table', null,
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
