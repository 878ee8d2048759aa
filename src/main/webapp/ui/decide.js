// Asks what would be decided: as it is, and as it would be under a supposition. Both are dry runs of the service.
import {get, path, post} from './api.js';

/** Versions of a policy that are looked through for the one that was in force. */
const MAX_VERSIONS = 20;

/** True if a supposition changes anything. */
export const isSet = ({plan, device, at, limits}) => Boolean(plan || device || at || Object.keys(limits).length);

/**
 * The decision {now, potential}, now or as of the view's time. The potential is null if nothing is supposed, or has what would be
 * decided then, and the rules that find something else.
 */
export async function decide(view, signal) {
  const {customer, title, device, plan, type, at, suppose} = view;
  const ask = asked => post(path('customers', customer, 'decisions'), {asOf: at}, asked, signal);
  const asked = {titleId: title, deviceId: device, plan, type: type || 'DOWNLOAD'};
  if (!view.whatIf || !isSet(suppose)) return {now: await ask(asked), potential: null};
  const isOtherDevice = suppose.device !== null && suppose.device !== device;
  const isPast = at !== null && Object.keys(suppose.limits).length > 0;
  const first = isPast || isOtherDevice ? await ask(asked) : null;
  const whatIf = {plan: suppose.plan || undefined, at: suppose.at || undefined, policies: await policies(view, first, signal)};
  const answer = await ask({...asked, deviceId: suppose.device || device, whatIf});
  if (!isOtherDevice) return {now: answer, potential: answer.whatIf};
  return {now: first, potential: {...answer.whatIf, differences: differences(first.rules, answer.whatIf.then.rules)}};
}

/** The rules that find something else; the service says so of one device only. */
export function differences(now, then) {
  const of = (rules, name) => rules.find(found => found.rule === name) || null;
  const names = [...new Set([...now, ...then].map(found => found.rule))];
  return names.map(rule => ({rule, now: of(now, rule), then: of(then, rule)})).filter(one => JSON.stringify(one.now) !== JSON.stringify(one.then));
}

/** The policy that is proposed: all that it sets as it is, or was, with the limits that are supposed. */
async function policies(view, first, signal) {
  const {suppose} = view;
  if (Object.keys(suppose.limits).length === 0) return [];
  const id = {customer: view.customer, title: view.title, plan: suppose.plan || view.plan, global: 'default'}[suppose.scope];
  const settings = {...await inForce(view, suppose.scope, id, first, signal)};
  for (const [key, value] of Object.entries(suppose.limits)) settings[key] = value === 'none' ? null : Number(value);
  return [{scope: suppose.scope, id, settings}];
}

/** What a policy sets, now or as of the view's time; nothing if there is none. */
async function inForce(view, scope, id, first, signal) {
  let version = view.at === null ? null : scope === 'customer' ? await lastEvent(view, signal) : first.policyVersion;
  for (let n = 0; n < MAX_VERSIONS && version !== 0; n++) {
    const policy = await found(path('policies', scope, id), {version}, signal);
    if (policy === null || policy.state === 'REMOVED') return {};
    if (version === null) return policy.state === 'TO_COME' ? {} : policy.settings;
    if (policy.validFrom <= view.at) return policy.settings;
    version = policy.version - 1;
  }
  return {};
}

async function found(where, query, signal) {
  try {
    return await get(where, query, signal);
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

/** Number of the customer's last event as of the view's time, which is a version of the customer's own policy; 0: there was none. */
async function lastEvent(view, signal) {
  const {commands} = await get(path('customers', view.customer, 'timeline'), {at: view.at, limit: 1}, signal);
  const last = commands[commands.length - 1];
  return last ? last.events[last.events.length - 1].seq : 0;
}
