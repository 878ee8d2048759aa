// What if: the fields of a supposition beside the question, and what would be decided then, with the rules that differ.
import {h} from './preact.js';
import {LIMITS, SCOPES} from './address.js';
import {Decision, RESULTS} from './decision.js';
import {shown} from './time.js';
import {rule} from './words.js';

const WHOSE = {customer: 'this customer', title: 'the title', plan: 'the plan', global: 'everyone'};

/** The supposition that a form tells; null if its time is none. */
export function supposed(form, instant) {
  const value = name => String(form.get(name) || '').trim() || null;
  const at = value('if-at') === null ? null : instant(value('if-at'));
  if (value('if-at') !== null && at === null) return null;
  const limits = {};
  for (const key of LIMITS) if (value('if-' + key) !== null) limits[key] = value('if-' + key);
  return {plan: value('if-plan'), device: value('if-device'), at, scope: value('if-scope') || 'customer', limits};
}

export function Fields({suppose, wrong}) {
  const field = (name, label, value, more) => h('label', {key: name}, label,
      h('input', {type: 'text', name: 'if-' + name, maxLength: 128, spellcheck: false, autocapitalize: 'off', key: name + value, defaultValue: value || '', placeholder: 'as it is', ...more}));
  return h('fieldset', {class: 'suppose'},
      h('legend', null, 'What if'),
      h('div', {class: 'ask'},
          field('plan', 'Other plan', suppose.plan), field('device', 'Other device', suppose.device),
          field('at', 'At a later time', suppose.at, {'aria-invalid': wrong ? 'true' : null, 'aria-describedby': wrong ? 'wrong-time' : null}),
          h('label', null, 'Limits of', h('select', {name: 'if-scope', key: suppose.scope},
              SCOPES.map(scope => h('option', {key: scope, value: scope, selected: scope === suppose.scope}, WHOSE[scope]))))),
      wrong ? h('p', {class: 'problem', role: 'alert', id: 'wrong-time'}, 'That is no time. Write 2026-11-21 08:00:00 for a time in UTC.') : null,
      h('div', {class: 'ask limits'}, LIMITS.map(key => field(key, rule(key), suppose.limits[key], {
        pattern: '\\d{1,7}|none', title: 'A number, or none for no limit', inputMode: 'numeric', maxLength: 7,
      }))),
      h('p', {class: 'hint'}, 'A number is a limit, “none” is no limit. Everything else stays as it is.'));
}

/** What is supposed, in words. */
function told({suppose, title, plan, device, clock, now}) {
  const limits = Object.entries(suppose.limits).map(([key, value]) => rule(key) + ': ' + (value === 'none' ? 'no limit' : value));
  return [
    suppose.plan ? 'plan ' + suppose.plan : null,
    suppose.device && suppose.device !== device ? 'device ' + suppose.device : null,
    suppose.at ? 'at ' + shown(suppose.at, clock, now) : null,
    limits.length ? limits.join(', ') + ', by the policy of ' + {customer: 'this customer', title: 'title ' + title, plan: 'plan ' + (suppose.plan || plan), global: 'everyone'}[suppose.scope] : null,
  ].filter(Boolean).join('; ');
}

export function Potential({view, decision, potential, clock, now, actions}) {
  const {then, differences} = potential;
  return h('section', {class: 'potential', 'aria-label': 'What if'},
      h('p', {class: 'hint'}, 'Supposed: ' + told({...view, clock, now}) + '.'),
      h('p', {class: 'result', role: 'status'},
          'Now: ', h('strong', {class: decision.result}, RESULTS[decision.result] || decision.result),
          ' → then: ', h('strong', {class: then.result}, RESULTS[then.result] || then.result),
          decision.result === then.result ? ' (the same)' : ''),
      differences.length === 0 ? h('p', {class: 'none'}, 'No rule finds anything else.')
          : h('div', {class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Differences, table'}, h('table', null,
              h('thead', null, h('tr', null, ['Rule', 'Now', 'Then'].map(name => h('th', {scope: 'col', key: name}, name)))),
              h('tbody', null, differences.map(one => h('tr', {key: one.rule, class: 'changed'},
                  h('th', {scope: 'row', title: one.rule}, rule(one.rule)), h('td', null, h(Found, {found: one.now, clock, now})), h('td', null, h(Found, {found: one.then, clock, now}))))))),
      h('details', null, h('summary', null, 'All rules then'), h(Decision, {decision: then, name: 'Rules then', clock, now, actions})));
}

function Found({found, clock, now}) {
  if (found === null) return 'does not apply';
  return [
    found.satisfied ? '✓ allows' : '✗ denies',
    found.current === null ? null : found.current + (found.limit === null ? ', no limit' : ' of ' + found.limit),
    found.scope && found.scope !== 'global' ? 'by ' + found.scope : null,
    found.nextAllowedAt ? 'frees up ' + shown(found.nextAllowedAt, clock, now) : null,
  ].filter(Boolean).join(', ');
}
