// The account as of the scrubber's time: devices, active licenses and budgets, with what differs from the time before it.
import {h} from './preact.js';
import {differences, MAX_LICENSES} from './state.js';
import {shown} from './time.js';
import {rule} from './words.js';

const DEVICE_FIELDS = ['name', 'deactivatedAt', 'activeDownloads'];
const LICENSE_FIELDS = ['state', 'expiresAt', 'firstPlayedAt', 'renewals'];
const QUOTA_FIELDS = ['limit', 'used'];

/** A mark that can be read, not only seen. */
const Mark = ({kind}) => kind ? h('span', {class: 'changed-mark ' + kind}, kind) : null;

function Part({name, count, children}) {
  return h('section', {class: 'part', 'aria-label': name},
      h('h3', null, name, count === null ? null : h('span', {class: 'count'}, count)),
      h('div', {class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': name + ', table'}, children));
}

export function Account({state, before, clock, now, actions}) {
  const was = before || {devices: null, licenses: null, quotas: null};
  const time = instant => shown(instant, clock, now);
  const devices = differences(was.devices, state.devices, row => row.deviceId, DEVICE_FIELDS);
  const licenses = differences(was.licenses, state.licenses, row => row.licenseId, LICENSE_FIELDS);
  const isSameTitle = was.quotas !== null && before.titleId === state.titleId && before.deviceId === state.deviceId;
  const quotas = differences(isSameTitle ? was.quotas : null, state.quotas, row => row.rule, QUOTA_FIELDS);
  const active = state.devices.filter(device => device.deactivatedAt === null).length;
  return h('div', {class: 'account'},
      h(Part, {name: 'Devices', count: active + ' active'},
          state.devices.length + devices.gone.length === 0 ? h('p', {class: 'none'}, 'No device yet.') : h('table', null,
              h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Device'), h('th', {scope: 'col'}, 'Since'), h('th', {scope: 'col', class: 'number'}, 'Active'))),
              h('tbody', null,
                  state.devices.map(device => h('tr', {key: device.deviceId, class: (devices.marks.get(device.deviceId) || '') + (device.deactivatedAt ? ' ended' : '')},
                      h('th', {scope: 'row'}, device.name || device.deviceId, device.name && device.name !== device.deviceId ? h('span', {class: 'id'}, device.deviceId) : null, h(Mark, {kind: devices.marks.get(device.deviceId)})),
                      h('td', {class: 'time'}, device.deactivatedAt ? 'until ' + time(device.deactivatedAt) : time(device.activatedAt)),
                      h('td', {class: 'number'}, device.activeDownloads))),
                  devices.gone.map(device => h('tr', {key: device.deviceId, class: 'gone'},
                      h('th', {scope: 'row'}, device.name || device.deviceId, h(Mark, {kind: 'gone'})), h('td'), h('td')))))),
      h(Part, {name: 'Active licenses', count: state.licenses.length + (state.isCut ? '+' : '')},
          state.licenses.length + licenses.gone.length === 0 ? h('p', {class: 'none'}, 'No active license.') : h('table', null,
              h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Title'), h('th', {scope: 'col'}, 'Device'), h('th', {scope: 'col'}, 'State'), h('th', {scope: 'col'}, 'Expires'))),
              h('tbody', null,
                  state.licenses.map(license => h('tr', {key: license.licenseId, class: licenses.marks.get(license.licenseId) || ''},
                      h('th', {scope: 'row'}, h('button', {type: 'button', class: 'link', title: 'Its events: ' + license.licenseId, onClick: () => actions.filter('only', 'one', 'License/' + license.licenseId)}, license.titleId), h(Mark, {kind: licenses.marks.get(license.licenseId)})),
                      h('td', null, license.deviceId),
                      h('td', null, license.state.toLowerCase(), license.type === 'STREAMING' ? ' stream' : '', license.overLimit ? h('span', {class: 'badge bad'}, 'over the limit') : null, license.provisional ? h('span', {class: 'badge'}, 'provisional') : null),
                      h('td', {class: 'time'}, license.expiresAt ? time(license.expiresAt) : 'never'))),
                  licenses.gone.map(license => h('tr', {key: license.licenseId, class: 'gone'},
                      h('th', {scope: 'row'}, license.titleId, h(Mark, {kind: 'gone'})), h('td', null, license.deviceId), h('td'), h('td'))))),
          state.isCut ? h('p', {class: 'none'}, 'Only the latest ' + MAX_LICENSES + ' are shown.') : null),
      h(Part, {name: 'Budgets', count: state.titleId ? 'for ' + state.titleId : null},
          h('table', null,
              h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Limit'), h('th', {scope: 'col', class: 'number'}, 'Used'), h('th', {scope: 'col'}, 'Frees up'))),
              h('tbody', null, state.quotas.map(quota => h('tr', {key: quota.rule, class: (quotas.marks.get(quota.rule) || '') + (isFull(quota) ? ' full' : '')},
                  h('th', {scope: 'row', title: quota.rule}, rule(quota.rule), h('span', {class: 'id'}, quota.scope === 'global' || !quota.scope ? '' : 'by ' + quota.scope), h(Mark, {kind: quotas.marks.get(quota.rule)})),
                  h('td', {class: 'number'}, quota.limit === null ? quota.used + ', no limit' : h(Used, {used: quota.used, limit: quota.limit})),
                  h('td', {class: 'time'}, quota.nextAllowedAt ? time(quota.nextAllowedAt) : isFull(quota) ? 'not by waiting' : '')))))));
}

const isFull = quota => quota.limit !== null && quota.used >= quota.limit;

/** How much of a limit is used, as a number and a bar. */
export function Used({used, limit}) {
  return h('span', {class: 'used' + (used >= limit ? ' full' : '')}, used + ' of ' + limit,
      h('svg', {class: 'bar', width: 40, height: 6, 'aria-hidden': 'true'},
          h('rect', {class: 'bar-ground', width: 40, height: 6, rx: 3}),
          h('rect', {class: 'bar-used', width: limit === 0 ? 40 : Math.min(40, 40 * used / limit), height: 6, rx: 3})));
}
