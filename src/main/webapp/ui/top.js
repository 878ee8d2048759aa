// The bar at the top: whom to look at, by which clock, in which light, and who looks.
import {h} from './preact.js';
import {ofPage, write} from './address.js';
import {CLOCKS, clockName} from './time.js';

const PAGES = {customer: 'Timeline', storage: 'Storage', studios: 'Studios'};

export function Top({view, who, theme, actions}) {
  return h('header', {class: 'top'},
      h('h1', null, h('span', {class: 'brand'}, 'Tally'), ' ' + PAGES[view.page].toLowerCase()),
      who === null ? null : h('nav', {'aria-label': 'Pages'}, Object.entries(PAGES).map(([page, name]) =>
          h('a', {key: page, href: write(ofPage(page, view)), 'aria-current': page === view.page ? 'page' : null}, name))),
      who === null ? null : h('form', {
        role: 'search', class: 'search',
        onSubmit: event => {
          event.preventDefault();
          const id = event.currentTarget.elements.customer.value.trim();
          if (id) actions.look(id);
        },
      },
      h('input', {id: 'search', name: 'customer', type: 'search', 'aria-label': 'Customer or other id', placeholder: 'Customer, license or command id', maxLength: 128, spellcheck: false, autocapitalize: 'off', autocomplete: 'off', key: view.customer, defaultValue: view.customer || ''}),
      h('button', {type: 'submit'}, 'Look')),
      h('div', {class: 'switches'},
          h('div', {class: 'segments', role: 'group', 'aria-label': 'Clock'}, CLOCKS.map(clock =>
              h('button', {type: 'button', key: clock, 'aria-pressed': String(view.clock === clock), onClick: () => actions.clock(clock)}, clockName(clock)))),
          h('button', {type: 'button', class: 'quiet', onClick: actions.theme, 'aria-label': 'Light: ' + theme}, theme === 'dark' ? '☾ Dark' : theme === 'light' ? '☀ Light' : '◐ Auto'),
          h('button', {type: 'button', class: 'quiet', onClick: () => actions.help(true), 'aria-label': 'Help', title: 'Help  ?'}, '?'),
          who === null ? null : h('button', {type: 'button', class: 'quiet', onClick: actions.signOut, title: who}, 'Sign out')));
}
