// A window of a customer's history, read page by page. It has at most as many rows as the page may have, however long the history
// is: what is read at one end goes at the other.
import {get, path} from './api.js';
import {query} from './filters.js';

/** Most rows of the list, beside those of denials. A command of several events has one more, its heading. */
export const MAX_ROWS = 900;

/** Commands that are asked for at a time. */
const PAGE = 60;

/** Rows with which a window opens, where there are as many. */
const ENOUGH = 60;

/** Pages that are looked through at a time, of which each may have nothing that fits. */
const MAX_PAGES = 12;

const rowsOf = command => command.events.length === 1 ? 1 : command.events.length + 1;

export const rows = commands => commands.reduce((sum, command) => sum + rowsOf(command), 0);

const where = view => path('customers', view.customer, 'timeline');

/**
 * The window that ends with the newest command, or with that of an event or a time.
 *
 * commands: oldest first; older, newer: cursors, or null where nothing follows; retiredUntil: as the service says.
 */
export async function open(view, begin, signal) {
  const page = await get(where(view), {...query(view), ...begin, limit: PAGE}, signal);
  const window = {
    commands: page.commands, older: page.previous, newer: begin.newest ? null : page.next, retiredUntil: page.retiredUntil, isCut: false,
  };
  const opened = rows(window.commands) < ENOUGH ? await older(view, window, signal) : window;
  // What came after it is wanted too; where nothing did, the window is that of the newest.
  return opened.newer ? follow(view, opened, signal) : opened;
}

/** The window with what was before it. */
export async function older(view, window, signal) {
  let {commands, older: cursor} = window;
  const wanted = rows(commands) + ENOUGH;
  for (let n = 0; n < MAX_PAGES && cursor && rows(commands) < wanted; n++) {
    const page = await get(where(view), {...query(view), cursor, limit: PAGE}, signal);
    commands = [...page.commands, ...commands];
    cursor = page.previous;
  }
  let kept = commands;
  while (rows(kept) > MAX_ROWS) kept = kept.slice(0, -1);
  return {...window, commands: kept, older: cursor, isCut: window.isCut || kept.length < commands.length};
}

/** The window that the next newer commands begin. */
export async function newer(view, window, signal) {
  if (window.isCut) {
    const last = window.commands[window.commands.length - 1];
    const from = await get(where(view), {...query(view), eventId: last.events[0].eventId, limit: 1}, signal);
    return follow(view, {...window, newer: from.next, isCut: false}, signal);
  }
  return follow(view, window, signal);
}

async function follow(view, window, signal) {
  let {commands, newer: cursor} = window;
  const wanted = rows(commands) + ENOUGH;
  for (let n = 0; n < MAX_PAGES && cursor && rows(commands) < wanted; n++) {
    const page = await get(where(view), {...query(view), cursor, limit: PAGE}, signal);
    commands = [...commands, ...page.commands];
    cursor = page.next;
  }
  return cut(view, {...window, newer: cursor}, commands, signal);
}

/** The window of the newest, with what has come since. */
export const append = (view, window, commands, signal) => cut(view, window, [...window.commands, ...commands], signal);

/** The window with these commands, without the oldest if they are too many. */
async function cut(view, window, commands, signal) {
  let kept = commands;
  while (rows(kept) > MAX_ROWS) kept = kept.slice(1);
  const isCut = kept.length < commands.length;
  return {...window, commands: kept, older: isCut ? await before(view, kept[0], signal) : window.older};
}

/** True if nothing newer follows the window. */
export const isNewest = window => !window.isCut && window.newer === null;

/** Cursor of what is before a command. */
async function before(view, command, signal) {
  const page = await get(where(view), {...query(view), eventId: command.events[0].eventId, limit: 1}, signal);
  return page.previous;
}
