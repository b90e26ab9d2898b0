// Tells about one slot of a bar: on hover, on tap, and with the arrow keys; Escape closes. The facts come from the table.
const tables = new Map();
let open = null;

const bars = () => document.querySelectorAll(".bar[data-table]");
const shown = (bar) => [...bar.querySelectorAll("svg")].find((svg) => svg.getBoundingClientRect().width > 0);

/** The rows of the table behind a bar, oldest first, as a date and a list of facts. */
function rows(bar) {
  const url = bar.dataset.table;
  if (!tables.has(url)) {
    const asked = fetch(url).then(async (answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const cells = (row) => [...row.cells].map((cell) => cell.textContent.trim() + (cell.dataset.label === "Uptime" ? " uptime" : ""));
      return [...page.querySelectorAll("tbody tr")].map(cells).reverse();
    });
    tables.set(url, asked);
    // Asked again later: the table goes on growing, and a failure may pass.
    asked.catch(() => {}).finally(() => setTimeout(() => tables.delete(url), 60_000));
  }
  return tables.get(url);
}

/** What a slot says: one row, or on a narrow screen the span and the worst of several. */
function sentence(all, index, slots) {
  const size = 90 / slots;
  const first = index * size - (90 - all.length);
  const group = all.slice(Math.max(0, first), Math.max(0, first + size));
  if (!group.length) return "No data";
  const worst = ["Down", "Degraded", "Retrying", "Maintenance"].find((word) => group.some((row) => row[1] === word));
  const picked = group.find((row) => row[1] === worst) ?? group[group.length - 1];
  const span = group.length > 1 ? `${group[0][0]} to ${group[group.length - 1][0]}` : picked[0];
  return [span, picked[1], group.length > 1 ? "" : picked[2]].filter((fact) => fact && !fact.startsWith("–")).join(" · ");
}

function close() {
  if (!open) return;
  open.mark.remove();
  open.note.remove();
  open = null;
}

/** Shows the details of one slot below its bar. */
async function tell(bar, index, slots) {
  if (open && open.bar === bar && open.index === index && open.slots === slots) return;
  const same = open && open.bar === bar;
  if (!same) close();
  open ??= { bar, mark: document.createElement("span"), note: document.createElement("p") };
  Object.assign(open, { index, slots });
  const { mark, note } = open;
  if (!same) {
    mark.className = "slot-mark";
    note.className = "slot-note";
    note.setAttribute("role", "status");
    bar.append(mark);
    bar.after(note);
    note.textContent = "…";
  }
  mark.style.left = `${(index * 700) / (slots * 7 - 2)}%`;
  mark.style.width = `${500 / (slots * 7 - 2)}%`;
  try {
    const text = sentence(await rows(bar), index, slots);
    if (open && open.bar === bar && open.index === index) note.textContent = text;
  } catch {
    note.textContent = "The details cannot be loaded right now.";
  }
}

function at(bar, event) {
  const svg = shown(bar);
  const box = svg.getBoundingClientRect();
  const slots = (svg.viewBox.baseVal.width + 2) / 7;
  const index = Math.floor(((event.clientX - box.left) / box.width) * slots);
  tell(bar, Math.min(slots - 1, Math.max(0, index)), slots);
}

function step(bar, event) {
  const slots = (shown(bar).viewBox.baseVal.width + 2) / 7;
  const now = open && open.bar === bar ? open.index : slots;
  const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: slots - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  tell(bar, Math.min(slots - 1, Math.max(0, next)), slots);
}

const barOf = (event) => (event.target instanceof Element ? event.target.closest(".bar[data-table]") : null);

function enhance() {
  bars().forEach((bar) => bar.setAttribute("tabindex", "0"));
}

document.addEventListener("pointermove", (event) => {
  const bar = barOf(event);
  if (bar) at(bar, event);
  else if (open && event.pointerType === "mouse" && open.bar !== document.activeElement) close();
});
document.addEventListener("click", (event) => {
  const bar = barOf(event);
  if (bar) at(bar, event);
  else close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
  const bar = barOf(event);
  if (bar) step(bar, event);
});
document.addEventListener("focusout", (event) => {
  if (barOf(event)) close();
});
document.addEventListener("patched", enhance);
enhance();
