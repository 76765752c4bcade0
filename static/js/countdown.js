/**
 * Counts down to the opening of a capsule, by the server's clock: the page says what time it was
 * there, the browser's clock only measures what passes since.  At the end the page says that
 * the time has come, and its button opens the capsule.  The moment itself is told large by the
 * reader's own clock, and small as the server tells it.
 */

const SECOND = 1000;
const DAY = 86_400_000;

/** @type {[string, number][]} */
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** Whole months from one moment to another. @param {Date} from @param {Date} to */
function monthsBetween(from, to) {
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  return addMonths(from, months) > to ? months - 1 : months;
}

/** So many months later, on the last day of a month that is too short. @param {Date} date @param {number} months */
function addMonths(date, months) {
  const later = new Date(date);
  later.setUTCMonth(date.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(later.getUTCFullYear(), later.getUTCMonth() + 1, 0)).getUTCDate();
  later.setUTCDate(Math.min(date.getUTCDate(), last));
  return later;
}

/**
 * How long it is, in units that say something: nobody counts seconds of years.
 *
 * @param {number} now milliseconds
 * @param {number} left seconds
 * @returns {[number, string][]}
 */
function split(now, left) {
  const [from, to] = [new Date(now), new Date(now + left * SECOND)];
  const months = monthsBetween(from, to);
  if (months >= 12) {
    const days = Math.floor((Number(to) - Number(addMonths(from, months))) / DAY);
    return [[Math.floor(months / 12), "year"], [months % 12, "month"], [days, "day"]];
  }
  let rest = left;
  return UNITS.map(([unit, seconds]) => {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    return [count, unit];
  });
}

/**
 * One number with its unit below it, as the language writes them.
 *
 * @param {number} count
 * @param {string} unit
 * @param {string} locale
 */
function cell(count, unit, locale) {
  const format = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" });
  const box = document.createElement("span");
  const number = document.createElement("b");
  const name = document.createElement("span");
  for (const { type, value } of format.formatToParts(count)) {
    (type === "unit" ? name : number).textContent += value.trim();
  }
  box.append(number, " ", name, " ");
  return box;
}

/** @param {HTMLElement} box @param {() => void} done */
function start(box, done) {
  const { now, opens, locale = "en" } = box.dataset;
  const ahead = Number(now) * SECOND - Date.now();

  function tick() {
    const left = Math.ceil(Number(opens) - (Date.now() + ahead) / SECOND);
    if (left <= 0) return done();
    const parts = split(Date.now() + ahead, left);
    const first = parts.findIndex(([count]) => count > 0);
    box.replaceChildren(...parts.slice(first).map(([count, unit]) => cell(count, unit, locale)));
    setTimeout(tick, SECOND - ((Date.now() + ahead) % SECOND));
  }
  tick();
  box.hidden = false;
}

/**
 * The opening by the reader's own clock, and below it as the server tells it, unless that is the same.
 *
 * @param {HTMLElement} time
 * @param {HTMLElement} line
 * @param {number} opens unix seconds
 * @param {string} locale
 */
function sayHere(time, line, opens, locale) {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (time.dataset.zone === zone) return;
  /** By its parts: browsers from before dateStyle leave it out, and the time of day with it. @type {Intl.DateTimeFormatOptions} */
  const pattern = {
    year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit",
    second: opens % 60 ? "2-digit" : undefined, hourCycle: "h23",
  };
  const format = new Intl.DateTimeFormat(locale, pattern);
  line.textContent = time.textContent;
  time.textContent = (time.dataset.text ?? "").replace("{moment}", format.format(opens * SECOND)).replace("{zone}", zone);
  line.hidden = false;
}

/** @param {string} id */
function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

const box = part("countdown");
const page = part("waiting");
const button = page.querySelector("button");

/** @param {HTMLButtonElement} button */
function arm(button) {
  const { opens, locale = "en" } = box.dataset;
  sayHere(part("moment"), part("there"), Number(opens), locale);
  start(box, () => {
    const words = part("come").dataset.come ?? "";
    for (const heading of page.querySelectorAll("h1")) heading.textContent = words;
    part("come").textContent = words;
    part("still").hidden = true;
    box.hidden = true;
    document.title = words;
    page.classList.add("dawned");
    button.textContent = button.dataset.now ?? "";
    button.hidden = false;
  });
}

if (button) {
  button.hidden = true;
  try {
    arm(button);
  } catch {
    button.hidden = false; // an older browser cannot say it in its language: the page serves without
  }
}
