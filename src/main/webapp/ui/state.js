// The state of an account at an instant, and how it differs from the one that was looked at before.
import {get, path} from './api.js';

const ACTIVE = ['ISSUED', 'CONFIRMED', 'PLAYING'];

/** Most active licenses that are shown; the service has no more on a page. */
export const MAX_LICENSES = 200;

/** Devices, active licenses and budgets as of an instant; null: now. Budgets are those about the title and device in the view. */
export async function read(view, signal) {
  const asOf = view.at;
  const [devices, licenses] = await Promise.all([
    get(path('customers', view.customer, 'devices'), {asOf}, signal),
    get(path('customers', view.customer, 'licenses'), {asOf, state: ACTIVE, limit: MAX_LICENSES}, signal),
  ]);
  const latest = licenses.licenses[0] || null;
  const titleId = view.title || (latest && latest.titleId);
  const deviceId = view.device || (latest && latest.deviceId);
  const quotas = await budgets(view, {titleId, deviceId, plan: view.plan, asOf}, signal);
  return {devices: devices.devices, licenses: licenses.licenses, isCut: licenses.next !== null, titleId, deviceId, quotas: quotas.quotas, at: asOf};
}

/** A title or plan of then may be unknown now: then the budgets that need none are told. */
async function budgets(view, asked, signal) {
  const where = path('customers', view.customer, 'quotas');
  try {
    return await get(where, asked, signal);
  } catch (problem) {
    if (problem.status !== 422) throw problem;
    return get(where, {asOf: asked.asOf}, signal);
  }
}

/** What differs between two lists of rows: for each key "new", "changed" or nothing, and the rows that are gone. */
export function differences(before, after, key, fields) {
  if (before === null) return {marks: new Map(), gone: []};
  const old = new Map(before.map(row => [key(row), row]));
  const marks = new Map();
  for (const row of after) {
    const was = old.get(key(row));
    if (!was) marks.set(key(row), 'new');
    else if (fields.some(field => was[field] !== row[field])) marks.set(key(row), 'changed');
    old.delete(key(row));
  }
  return {marks, gone: [...old.values()]};
}
