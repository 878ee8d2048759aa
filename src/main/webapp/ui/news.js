// What is new while somebody looks, and is not shown yet: what it adds up to, in words, and the bar that tells it. The bar lies
// over the page, so that nothing moves when it comes.
import {h} from './preact.js';
import {visible} from './rows.js';

/** Most events that wait to be shown; beyond them the newest are read anew. */
const MOST = 500;

export const NONE = {commands: [], denials: [], isMany: false};

/** What waits, with what has come. */
export function more(news, {commands, denials}) {
  const all = [...news.commands, ...commands];
  const isMany = news.isMany || all.reduce((sum, command) => sum + command.events.length, 0) > MOST;
  const denied = new Map([...news.denials, ...denials].map(denial => [denial.denialId, denial]));
  return {commands: isMany ? [] : all, denials: [...denied.values()], isMany};
}

export const isAny = news => news.isMany || news.commands.length + news.denials.length > 0;

const counted = (count, one, many) => count === 0 ? null : count + ' new ' + (count === 1 ? one : many);

/** What waits, in words; null if none of it is to be shown. */
export function told(view, news) {
  const events = visible(view, news.commands).reduce((sum, row) => sum + row.events.length, 0);
  const parts = [news.isMany ? 'more than ' + MOST + ' new events' : counted(events, 'event', 'events'), counted(news.denials.length, 'denial', 'denials')];
  return parts.filter(Boolean).join(' and ') || null;
}

export function News({view, live, actions}) {
  const what = live === null ? null : told(view, live.news);
  return h('div', {class: 'news' + (live !== null && (what || live.text) ? '' : ' empty')},
      h('p', {role: 'status'}, live === null ? null : live.text, live !== null && live.text && what ? ' ' : null, what ? what + '.' : null),
      what ? h('button', {type: 'button', onClick: actions.showNews}, 'Show') : null,
      live !== null && live.isEnded ? h('button', {type: 'button', onClick: () => actions.live(true)}, 'Go on') : null,
      live !== null && live.isEnded ? h('button', {type: 'button', class: 'quiet', onClick: () => actions.live(false)}, 'Close') : null);
}
