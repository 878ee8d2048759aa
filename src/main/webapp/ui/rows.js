// Makes rows out of commands: which events of them are shown, what they are about in a few words, and what is noise.
import {fits} from './filters.js';

const NOISE = new Set(['SessionKeptAlive', 'SessionPaused', 'SessionResumed']);

export const aggregateOf = event => event.aggregateType + '/' + event.aggregateId;

/** The commands, oldest first, each with those of its events that are shown; without those of which none is. */
export function visible(view, commands) {
  return commands
      .map(command => ({command, events: command.events.filter(event => fits(view, command, event))}))
      .filter(row => row.events.length > 0);
}

const isNoise = row => row.events.length === 1 && row.command.events.length === 1 && NOISE.has(row.events[0].event);

/**
 * The rows, newest first. Several commands in a row that say nothing but that one session goes on are one row {noise: [rows]},
 * unless all are wanted.
 */
export function folded(rows, all) {
  const result = [];
  for (const row of rows) {
    const last = result[result.length - 1];
    const isMore = !all && isNoise(row) && last && last.noise && aggregateOf(last.noise[0].events[0]) === aggregateOf(row.events[0]);
    if (isMore) last.noise.push(row);
    else result.push(!all && isNoise(row) ? {noise: [row]} : row);
  }
  return result.map(row => row.noise && row.noise.length === 1 ? row.noise[0] : row).reverse();
}

/** What aggregates are about, by type and id: the title and device of licenses, the license of sessions and downloads. */
export function subjects(commands, licenses) {
  const all = new Map();
  const put = (type, id, title, device) => {
    if (id) all.set(type + '/' + id, [title, device].filter(Boolean).join(' · '));
  };
  for (const license of licenses) put('License', license.licenseId, license.titleId, license.deviceId);
  for (const command of commands) {
    for (const event of command.events) {
      const told = fieldsOf(event);
      if (event.event === 'LicenseIssued') put('License', event.aggregateId, told.titleId || told.title, told.deviceId || told.device);
      else if (told.titleId || told.title) put(event.aggregateType, event.aggregateId, told.titleId || told.title, told.deviceId || told.device);
      else if (told.name && event.aggregateType === 'Device') put('Device', event.aggregateId, told.name, null);
    }
  }
  return all;
}

function fieldsOf(event) {
  const told = {...event.payload};
  for (const change of event.changes || []) if (change.after !== null) told[change.field] = change.after;
  return told;
}

/** An event in a few words: what it is about, and the state that it led to. */
export function brief(event, about) {
  const parts = [];
  const subject = about.get(aggregateOf(event));
  parts.push(subject || event.aggregateId);
  const state = (event.changes || []).find(change => change.field === 'state');
  if (state) parts.push((state.before || 'new') + ' → ' + (state.after || 'gone'));
  const renamed = (event.changes || []).find(change => change.field === 'name' && change.before !== null);
  if (renamed) parts.push(renamed.before + ' → ' + renamed.after);
  if ((event.changes || []).some(change => change.field === 'overLimit' && change.after !== null)) parts.push('over the limit');
  return parts.join('  ');
}

/** Instants of the commands that are shown, oldest first. */
export const times = rows => rows.map(row => row.command.at);
