// Which events are shown: what they must have, and what they must not have. The service does what it can by itself, this module
// does the whole.

/** The kinds of filters, with what they look at. */
export const KINDS = {
  aggregate: {name: 'Aggregate', of: event => event.aggregateType},
  event: {name: 'Event', of: event => event.event},
  tier: {name: 'Tier', of: event => event.tier},
  one: {name: 'Only about', of: event => event.aggregateType + '/' + event.aggregateId},
  text: {name: 'Text', of: null},
};

/** True if the event of the command is to be shown. */
export function fits(view, command, event) {
  return Object.keys(KINDS).every(kind =>
      (view.only[kind].length === 0 || view.only[kind].some(value => has(kind, value, command, event)))
      && !view.not[kind].some(value => has(kind, value, command, event)));
}

function has(kind, value, command, event) {
  if (kind !== 'text') return KINDS[kind].of(event) === value;
  const all = [event.aggregateId, command.commandId, command.caller, event.event, JSON.stringify(event.payload)].join(' ');
  return all.toLowerCase().includes(value.toLowerCase());
}

/** Type that a filter of aggregates calls denials by, although they are no part of the history. */
export const DENIAL = 'Denial';

/** True if a denial is to be shown. It has no event and no tier; to be about its device is to be about it. */
export function fitsDenial({only, not}, denial) {
  const ones = [DENIAL + '/' + denial.denialId, 'Device/' + denial.deviceId];
  const all = JSON.stringify(denial).toLowerCase();
  const wants = (values, has) => values.length === 0 || values.some(has);
  const text = value => all.includes(value.toLowerCase());
  return only.event.length === 0 && only.tier.length === 0
      && wants(only.aggregate, value => value === DENIAL) && !not.aggregate.includes(DENIAL)
      && wants(only.one, value => ones.includes(value)) && !not.one.some(value => ones.includes(value))
      && wants(only.text, text) && !not.text.some(text);
}

/** The part of the filters that the service applies. It takes one value of most. */
export function query(view) {
  const only = view.only;
  const [type, ...rest] = (only.one.length === 1 ? only.one[0] : '').split('/');
  return {
    tier: only.tier.length === 1 ? only.tier[0] : null,
    aggregateType: type || (only.aggregate.length === 1 ? only.aggregate[0] : null),
    aggregateId: type ? rest.join('/') : null,
    event: only.event,
    text: only.text.length === 1 ? only.text[0] : null,
  };
}

/** True if some filter is set. */
export const isSet = view => Object.keys(KINDS).some(kind => view.only[kind].length || view.not[kind].length);

/** The view with one more value that is wanted, or not wanted. */
export function add(view, side, kind, value) {
  const other = side === 'only' ? 'not' : 'only';
  return {
    ...view,
    [side]: {...view[side], [kind]: [...view[side][kind].filter(one => one !== value), value]},
    [other]: {...view[other], [kind]: view[other][kind].filter(one => one !== value)},
  };
}

/** The view without one value. */
export const remove = (view, side, kind, value) =>
  ({...view, [side]: {...view[side], [kind]: view[side][kind].filter(one => one !== value)}});
