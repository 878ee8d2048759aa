// What the page says where there is nothing to show: nobody signed in, no permission, nobody of this id, trouble.
import {h} from './preact.js';

/** provider: the OpenID provider of this installation, or null. */
export function SignIn({problem, provider, actions}) {
  return h('section', {class: 'notice', 'aria-label': 'Sign in'},
      h('h2', null, 'Sign in'),
      problem ? h('p', {class: 'problem', role: 'alert'}, h('strong', null, problem.title), ' ', problem.message) : null,
      provider === null ? null : h('p', null, h('button', {type: 'button', onClick: actions.signInAtProvider}, 'Sign in at ' + new URL(provider.issuer).host)),
      h('p', null, (provider === null ? 'Paste' : 'Or paste') + ' a token of a reader or an operator. It stays in the memory of this page: a reload forgets it, and no address has it.'),
      h('form', {
        onSubmit: event => {
          event.preventDefault();
          actions.signIn(event.currentTarget.elements.token.value);
        },
      },
      h('label', null, 'Token', h('input', {name: 'token', type: 'password', required: true, autocomplete: 'off', spellcheck: false, autofocus: provider === null})),
      h('button', {type: 'submit'}, 'Sign in')),
      provider === null ? h('p', {class: 'hint'}, 'On your own machine: ', h('code', null, 'cat .tally/reader.jwt')) : null);
}

export const Nobody = () => h('section', {class: 'notice', 'aria-label': 'No customer'},
    h('h2', null, 'Whom do you want to look at?'),
    h('p', null, 'Write a customer’s id, exactly as your systems write it, into the search above; or the id of a license, a device, a session or a command. Press / to get there, and ? for all keys.'));

export function Empty({customer, isFiltered, actions, children}) {
  if (isFiltered) {
    return h('div', {class: 'notice small'}, h('h3', null, 'No event fits the filters'),
        h('p', null, h('button', {type: 'button', onClick: actions.clear}, 'Take all filters away')));
  }
  return h('section', {class: 'notice', 'aria-label': 'Nothing is known'},
      h('h2', null, 'Nothing is known of ', h('q', null, customer)),
      h('p', null, 'Either this customer never had a license, or was erased. Of an erased customer no event and no id is kept, so the two cannot be told apart here; '
          + 'an operator who has the id of an erasure can ask ', h('code', null, 'GET /v1/erasures/{id}'), ' when it was done.'),
      h('p', null, 'Ids are compared exactly, upper and lower case included.'),
      children);
}

/** may: who may do what was refused. */
export function Trouble({problem, actions, may = 'Its role may not read histories. Readers and operators may.'}) {
  if (problem.status === 403) {
    return h('section', {class: 'notice', role: 'alert', 'aria-label': 'No permission'},
        h('h2', null, 'No permission'),
        h('p', null, 'The service knows your token. ' + may),
        h('p', {class: 'hint'}, problem.message),
        h('p', null, h('button', {type: 'button', onClick: actions.signOut}, 'Use another token')));
  }
  return h('section', {class: 'notice', role: 'alert', 'aria-label': 'Trouble'},
      h('h2', null, problem.title),
      h('p', null, problem.message),
      problem.request ? h('p', {class: 'hint'}, 'Request ', h('code', null, problem.request)) : null,
      h('p', null, h('button', {type: 'button', onClick: actions.again}, 'Try again')));
}

/** Trouble with the state alone, for example because what it was made of has been retired. */
export const NoState = ({problem, actions}) => h('div', {class: 'notice small', role: 'alert'},
    h('h3', null, problem.type === 'history-retired' ? 'This state cannot be told any more' : problem.title),
    h('p', null, problem.message, ' ', problem.type === 'history-retired' ? 'The events that are left are below.' : null),
    h('p', null, h('button', {type: 'button', onClick: actions.again}, 'Try again')));

export const Loading = ({what}) => h('p', {class: 'notice small', role: 'status'}, 'Loading ' + what + '…');

const KEYS = [
  ['/', 'search a customer, or whose an id is'], ['j', 'next event, that is an older one'], ['k', 'event before'], ['Enter', 'open or close the event'],
  ['[', 'step back in time'], [']', 'step forward in time'], ['n', 'now'], ['w', 'why: decide without storing'], ['c', 'next clock: UTC, local, relative'],
  ['+  −  0', 'zoom in, out, all'], ['?', 'this help'], ['Esc', 'close'],
];

export function Help({actions}) {
  return h('dialog', {
    class: 'help', 'aria-label': 'Help', onClose: () => actions.help(false), onCancel: () => actions.help(false),
    ref: element => element && !element.open && element.showModal(),
  },
  h('h2', null, 'Keys'),
  h('dl', null, KEYS.map(([key, does]) => h('div', {key}, h('dt', null, h('kbd', null, key)), h('dd', null, does)))),
  h('p', null, 'A drag over the lanes zooms in; a click goes to the time. Every view has its own address, which a colleague with a token of their own can open.'),
  h('button', {type: 'button', onClick: () => actions.help(false)}, 'Close'));
}
