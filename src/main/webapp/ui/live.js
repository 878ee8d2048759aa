// Follows a customer while somebody looks: asks every few seconds what has come after the newest event. It only tells what is new;
// whether and when it is shown is decided elsewhere. The service's feed is not for this, since it tells the events of all customers.
import * as denials from './denials.js';
import {get, path} from './api.js';
import {query} from './filters.js';

/** Time between two questions, and the longest one after questions that failed, in milliseconds. */
const PAUSE = 3000;
const LONGEST_PAUSE = 60000;

/** A page that nobody has seen for so long follows no more, in milliseconds. */
const HIDDEN = 300000;

/** Denials are told a second or two late: what was denied so long before the newest is asked for again, in milliseconds. */
const OVERLAP = 60000;

/** Commands that are asked for at a time. */
const PAGE = 100;

/** Refusals that another try may help. */
const TRANSIENT = [408, 429];

/**
 * Follows what comes after an event; null: after the newest.
 *
 * known: the denials that are known already; tell: told of {commands, denials} that are new, of {problem, pause} when a question
 * failed and is repeated after a pause, of {} when it is answered again, and of {ended} with why it ended. Returns how to stop it.
 */
export function follow(view, after, known, tell) {
  const controller = new AbortController();
  const {signal} = controller;
  let last = after;
  let cursor = null;
  let denied = known;
  let failures = 0;
  let timer = null;
  let hidden = null;
  let isAsking = false;

  async function commands() {
    const where = path('customers', view.customer, 'timeline');
    if (cursor === null) {
      const begin = last === null ? {newest: true} : {eventId: last};
      const place = await get(where, {...query(view), ...begin, limit: 1}, signal);
      cursor = place.next;
      if (last === null && cursor !== null) return [];
    }
    const page = await get(where, {...query(view), cursor, limit: PAGE}, signal);
    const newest = page.commands[page.commands.length - 1];
    if (newest) last = newest.events[newest.events.length - 1].seq;
    // Behind the last page there is no cursor: the next question finds its place by the newest event.
    if (newest || page.next) cursor = page.next;
    return page.commands;
  }

  async function fresh() {
    const newest = denied.reduce((time, denial) => denial.lastAt > time ? denial.lastAt : time, '');
    const from = newest === '' ? null : new Date(Date.parse(newest) - OVERLAP).toISOString();
    const found = denials.news(denied, await denials.since(view, from, signal));
    denied = denials.joined({list: denied, isCut: false}, found).list;
    return found;
  }

  async function ask() {
    if (isAsking) return;
    isAsking = true;
    try {
      const news = {commands: await commands(), denials: await fresh()};
      if (signal.aborted) return;
      failures = 0;
      tell(news);
      wait(PAUSE);
    } catch (failure) {
      if (signal.aborted) return;
      const isRefused = failure.status >= 400 && failure.status < 500 && !TRANSIENT.includes(failure.status);
      if (isRefused || failure.status === undefined) return end(failure);
      failures++;
      // Nodes that come back are not asked by all pages at once.
      const pause = Math.min(LONGEST_PAUSE, PAUSE * 2 ** failures) * (0.5 + Math.random() / 2);
      tell({problem: failure, pause});
      wait(pause);
    } finally {
      isAsking = false;
    }
  }

  function wait(pause) {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, pause);
  }

  function seen() {
    clearTimeout(timer);
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(() => end(null), HIDDEN);
    else ask();
  }

  /** Ends it; without a failure since nobody has looked for long. */
  function end(failure) {
    stop();
    tell({ended: failure});
  }

  function stop() {
    controller.abort();
    clearTimeout(timer);
    clearTimeout(hidden);
    document.removeEventListener('visibilitychange', seen);
    window.removeEventListener('pagehide', stop);
  }

  document.addEventListener('visibilitychange', seen);
  window.addEventListener('pagehide', stop);
  wait(PAUSE);
  return stop;
}
