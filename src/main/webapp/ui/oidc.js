// Signs in at an OpenID provider: the code flow of a public client, with PKCE (RFC 7636). What has to outlive the way to the
// provider and back, a secret that is good for this one sign-in, waits in the tab's session storage. The token never does.

const WAITING = 'tally-sign-in';

/** Longest wait for the provider, in milliseconds. */
const PATIENCE = 10000;

/** A sign-in that failed, in words. */
export class Failed extends Error {
  constructor(title, message) {
    super(message);
    this.title = title;
  }
}

/** How people sign in here: the provider's issuer, the page's client id, and the scope; null where only a token can be pasted. */
export async function settings() {
  try {
    const answer = await fetch('sign-in.json', {cache: 'no-store', credentials: 'omit'});
    const found = answer.ok ? await answer.json() : null;
    return found && found.clientId ? found : null;
  } catch {
    return null;
  }
}

const base64url = bytes => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** Where the provider sends people back to: this page, below whatever path it is served. */
const home = () => new URL('./', document.baseURI).href;

async function json(url, options, what) {
  let answer;
  try {
    answer = await fetch(url, {...options, cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer', signal: AbortSignal.timeout(PATIENCE)});
  } catch {
    throw new Failed('The provider does not answer', what + ' could not be asked for. Does the provider allow requests from ' + location.origin + '?');
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw new Failed('The provider refuses', [body.error_description, body.error].find(Boolean) || what + ': status ' + answer.status + '.');
}

/** Leaves for the provider. Comes back to the same view. */
export async function begin({issuer, clientId, scope}) {
  if (!crypto.subtle) throw new Failed('No safe connection', 'The browser signs in over HTTPS only. Ask for this page by https://.');
  const found = await json(issuer.replace(/\/$/, '') + '/.well-known/openid-configuration', {}, 'Its configuration');
  if (found.issuer !== issuer) throw new Failed('Another provider', 'The configuration is that of ' + found.issuer + ', not of ' + issuer + '.');
  const verifier = random();
  const state = random();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  sessionStorage.setItem(WAITING, JSON.stringify({state, verifier, issuer, clientId, endpoint: found.token_endpoint, view: location.hash}));
  const url = new URL(found.authorization_endpoint);
  const asked = {
    response_type: 'code', client_id: clientId, redirect_uri: home(), scope, state,
    code_challenge: base64url(digest), code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  location.assign(url);
}

/** The token that somebody brings who comes back from the provider; null for everybody else. The address is as before then. */
export async function finish() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has('state') || !(answer.has('code') || answer.has('error'))) return null;
  const waiting = JSON.parse(sessionStorage.getItem(WAITING) || 'null');
  sessionStorage.removeItem(WAITING);
  window.history.replaceState(null, '', location.pathname + (waiting ? waiting.view : ''));
  if (waiting === null || waiting.state !== answer.get('state')) throw new Failed('Not signed in', 'This sign-in was not begun here, or is over. Sign in again.');
  if (answer.has('iss') && answer.get('iss') !== waiting.issuer) throw new Failed('Not signed in', 'Another provider answers: ' + answer.get('iss') + '.');
  if (answer.has('error')) throw new Failed('The provider refuses', answer.get('error_description') || answer.get('error'));
  const body = new URLSearchParams({
    grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: home(), client_id: waiting.clientId, code_verifier: waiting.verifier,
  });
  const found = await json(waiting.endpoint, {method: 'POST', body}, 'The token');
  if (!found.access_token) throw new Failed('No token', 'The provider gave no access token.');
  return found.access_token;
}
