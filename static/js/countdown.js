/**
 * Counts down to the opening of a capsule, by the server's clock: the page says what time it was
 * there, the browser's clock only measures what passes since.  At the end the page says that
 * the time has come, and its button opens the capsule.  Where the clock on the wall shows another
 * time than the server's zone does, the page says that one too.
 */

const SECOND = 1000;

/** @type {[string, number][]} */
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

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
    let rest = left;
    const cells = [];
    for (const [unit, seconds] of UNITS) {
      const count = Math.floor(rest / seconds);
      rest -= count * seconds;
      if (count > 0 || cells[0] || unit === "second") cells.push(cell(count, unit, locale));
    }
    box.replaceChildren(...cells);
    setTimeout(tick, SECOND - ((Date.now() + ahead) % SECOND));
  }
  tick();
  box.hidden = false;
}

/**
 * The opening on the reader's own clock.
 *
 * @param {HTMLElement} line
 * @param {number} opens unix seconds
 * @param {string} locale
 * @param {string} there the same moment as the page says it
 */
function sayHere(line, opens, locale, there) {
  const moment = new Date(opens * SECOND);
  const time = moment.toLocaleTimeString(locale, {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  if (there.includes(time)) return;
  const day = moment.toLocaleDateString(locale, { year: "numeric", month: "long", day: "numeric" });
  line.textContent = (line.dataset.here ?? "").replace("{moment}", `${day}, ${time}`);
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
  sayHere(part("here"), Number(opens), locale, page.querySelector("time")?.textContent ?? "");
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
