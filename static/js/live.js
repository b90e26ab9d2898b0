// Keeps a page that is complete without it up to date: asks for the page again and swaps the parts that changed.
const SOON = 15_000;
const LATER = 120_000;
const QUIET = 5_000;

const said = document.getElementById("said");
let saidAt = 0;
let timer = 0;
let misses = 0;

/** Says a change of the whole to screen readers, at most once in five seconds. */
function say(text) {
  const now = Date.now();
  if (!said || !text || now - saidAt < QUIET) return;
  saidAt = now;
  said.textContent = text;
}

// How each part came from the server: other scripts may have added to it since.
const served = new WeakMap();

/** Swaps one part, unless it is what the reader is in the middle of using. */
function swap(old, fresh) {
  if (served.get(old) === fresh.outerHTML) return;
  if (old.contains(document.activeElement)) return;
  if (fresh.dataset.say && fresh.dataset.say !== old.dataset.say) say(fresh.dataset.say);
  served.set(fresh, fresh.outerHTML);
  old.replaceWith(document.adoptNode(fresh));
}

/** Patches the parts; monitors that came or went need the page as a whole. */
function patch(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const parts = (root) => [...root.querySelectorAll("[data-live]")];
  const names = (list) => list.map((part) => part.dataset.live).join();
  const old = parts(document);
  const next = parts(fresh);
  if (names(old) !== names(next)) {
    if (!document.querySelector("main :focus")) location.reload();
    return;
  }
  old.forEach((part, index) => swap(part, next[index]));
  document.dispatchEvent(new Event("patched"));
}

async function look() {
  try {
    // "no-cache" asks with the ETag of the last answer, so an unchanged page costs a 304.
    const answer = await fetch(location.href, { cache: "no-cache", credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    patch(await answer.text());
    misses = 0;
  } catch {
    misses += 1;
  }
  plan();
}

/** Often while somebody looks, seldom while nobody does or nobody answers. */
function plan() {
  clearTimeout(timer);
  const wait = document.hidden ? LATER : Math.min(LATER, SOON * 2 ** misses);
  timer = setTimeout(look, wait);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) plan();
  else look();
});
for (const part of document.querySelectorAll("[data-live]")) {
  served.set(part, part.outerHTML);
  plan();
}
