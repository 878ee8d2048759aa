// Calls the API with the token of whoever looks. The token is in this module's memory and nowhere else: a reload forgets it.

let token = null;

const BASE = new URL('../v1/', document.baseURI);

/** An answer that is not what was asked for. */
export class Problem extends Error {
  constructor(status, body) {
    const fields = (body.errors || []).map(one => one.field + ' ' + one.message).join('; ');
    super([body.detail || body.title || 'The service answered ' + status + '.', fields].filter(Boolean).join(' '));
    this.status = status;
    this.type = String(body.type || '').replace('urn:tally:problem:', '');
    this.title = body.title || 'No answer';
    this.request = body.instance || null;
  }
}

export function signIn(text) {
  token = text.trim().replace(/^Bearer\s+/i, '');
}

export function signOut() {
  token = null;
}

/** Who the token says its holder is; only to be shown, since the service alone can verify it. */
export function holder() {
  try {
    const part = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), char => char.charCodeAt(0))));
    const name = claims.upn || claims.preferred_username || claims.sub || 'somebody';
    return [].concat(claims.groups || []).concat(name).filter((text, at, all) => all.indexOf(text) === at).join(' · ');
  } catch {
    return 'a token that cannot be read';
  }
}

/** Path below the API's root. Each part may be any text. */
export const path = (...parts) => parts.map(encodeURIComponent).join('/');

/** Address of a query, absolute. Values that are null or undefined are left out, lists repeat their name. */
export function address(where, query = {}) {
  const url = new URL(where, BASE);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [].concat(value)) if (one !== null && one !== undefined) url.searchParams.append(name, one);
  }
  return url;
}

/** Times that a reading is repeated which the service cannot answer at the moment, and the pause before it in milliseconds. */
const REPEATS = 3;
const PAUSE = 1000;

/** The answer to a query. It is asked again where the service says that it cannot answer at the moment. */
export async function get(where, query, signal) {
  for (let n = 0; ; n++) {
    try {
      return await send(address(where, query), {signal});
    } catch (failure) {
      if (failure.status !== 503 || n === REPEATS) throw failure;
      await new Promise(resolve => setTimeout(resolve, PAUSE * (n + 1)));
      if (signal && signal.aborted) throw new DOMException('Nobody waits any longer', 'AbortError');
    }
  }
}

export const post = (where, query, body, signal) => send(address(where, query), {
  method: 'POST', body: JSON.stringify(body), headers: {'Content-Type': 'application/json'}, signal,
});

/** The answer to a query as it is, in this media type. */
export const text = (where, query, type, signal) => send(address(where, query), {signal, headers: {Accept: type}}, answer => answer.text());

async function send(url, options, read = answer => answer.json()) {
  if (token === null) throw new Problem(401, {title: 'Not signed in', detail: 'Paste a token first.'});
  let answer;
  try {
    answer = await fetch(url, {
      ...options, headers: {Accept: 'application/json', ...options.headers, Authorization: 'Bearer ' + token},
      cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer',
    });
  } catch (failure) {
    if (failure.name === 'AbortError') throw failure;
    throw new Problem(0, {title: 'No connection', detail: 'The service does not answer. Is it running, and is this network connected to it?'});
  }
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})));
  return read(answer);
}
