// Keeps the live parts of a page up to date; everything works without it.
const PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;
let etag = null;
let pauseMs = PAUSE_MS;

async function look() {
  if (document.hidden || document.querySelector('[data-live]') === null) return;
  const headers = { accept: 'text/html', ...(etag === null ? {} : { 'if-none-match': etag }) };
  const answer = await fetch(location.pathname + location.search, { headers, cache: 'no-store' });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(String(answer.status));
  etag = answer.headers.get('etag');
  replace(new DOMParser().parseFromString(await answer.text(), 'text/html'));
}

// What is open stays open, and the focus stays where it is.
function replace(fresh) {
  const live = [...document.querySelectorAll('[data-live]')];
  const parts = [...fresh.querySelectorAll('[data-live]')];
  if (live.length !== parts.length) return;
  const focus = document.activeElement?.id;
  live.forEach((old, index) => {
    if (old.innerHTML !== parts[index].innerHTML) old.replaceWith(parts[index]);
  });
  if (focus && document.activeElement?.id !== focus)
    document.getElementById(focus)?.focus({ preventScroll: true });
}

async function watch() {
  try {
    await look();
    pauseMs = PAUSE_MS;
    document.body.classList.remove('stale');
  } catch {
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    document.body.classList.add('stale');
  }
  setTimeout(watch, pauseMs);
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) look().catch(() => undefined);
});
// a message of what was just done is not shown again after a reload
if (new URLSearchParams(location.search).has('done')) history.replaceState(null, '', location.pathname);
setTimeout(watch, PAUSE_MS);
