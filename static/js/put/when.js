/**
 * The moment of a capsule: presets the browser's zone, offers shortcuts, and says in words which
 * moment is chosen and how far away it is.  It refuses nothing: the server has the clock.
 *
 * A "wall" here is what a clock on the wall of the zone shows, as the milliseconds at which a
 * clock in UTC shows the same.
 */

const MINUTE = 60000;
const DAY = 1440 * MINUTE;

/**
 * @param {number} instant
 * @param {string} zone
 */
function wallOf(instant, zone) {
  /** @type {Record<string, number>} */
  const part = {};
  const format = new Intl.DateTimeFormat("en", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  });
  for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * The instant at which a zone's clocks show a wall; the later one where they do so twice, as
 * on the server, and null where they skip it.
 *
 * @param {number} wall
 * @param {string} zone
 */
function instantOf(wall, zone) {
  const offsets = [wall - DAY, wall + DAY].map((near) => wallOf(near, zone) - near);
  const fitting = offsets.map((offset) => wall - offset)
    .filter((instant) => wallOf(instant, zone) === wall);
  return fitting[0] === undefined ? null : Math.max(...fitting);
}

/**
 * The same time of day so many months later, on the month's last day where it is too short.
 *
 * @param {number} wall
 * @param {number} months
 */
function addMonths(wall, months) {
  const date = new Date(wall);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, last));
}

/**
 * "1 year and 3 months": the two largest units of the way from one wall to another.  From two
 * days on only dates count, as people count.
 *
 * @param {number} from
 * @param {number} to
 * @param {string} locale
 */
function distance(from, to, locale) {
  const unit = to - from < 2 * DAY ? MINUTE : DAY;
  from = Math.floor(from / unit) * unit;
  to = Math.floor(to / unit) * unit;
  const [a, b] = [new Date(from), new Date(to)];
  let months = (b.getUTCFullYear() - a.getUTCFullYear()) * 12
    + b.getUTCMonth() - a.getUTCMonth();
  if (months > 0 && addMonths(from, months) > to) months -= 1;
  const minutes = Math.max(1, Math.round((to - addMonths(from, months)) / MINUTE));
  /** @type {[number, string][]} */
  const units = [
    [Math.floor(months / 12), "year"], [months % 12, "month"],
    [Math.floor(minutes / 1440), "day"], [Math.floor(minutes / 60) % 24, "hour"],
    [minutes % 60, "minute"],
  ];
  const first = units.findIndex(([count]) => count > 0);
  const words = units.slice(first, first + 2).filter(([count]) => count > 0)
    .map(([count, unit]) => new Intl.NumberFormat(locale, {
      style: "unit", unit, unitDisplay: "long",
    }).format(count));
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(words);
}

/**
 * "Saturday 27 November 2027 at 19:20 (Europe/Berlin, UTC+01:00)"
 *
 * @param {number} instant
 * @param {string} zone
 * @param {string} locale
 * @param {string} text how the language names the zone beside a moment
 */
function inWords(instant, zone, locale, text) {
  const seconds = instant % MINUTE !== 0;
  const day = new Intl.DateTimeFormat(locale, {
    timeZone: zone, dateStyle: "full", timeStyle: seconds ? "medium" : "short", hourCycle: "h23",
  }).format(instant);
  const offset = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" })
    .formatToParts(instant).find((part) => part.type === "timeZoneName")?.value ?? "";
  const named = zone === "UTC" ? zone : `${zone}, ${offset.replace("GMT", "UTC")}`;
  return text.replace("{moment}", day).replace("{zone}", named);
}

/** @param {string} text "YYYY-MM-DD HH:MM[:SS]", with a space or T */
function parse(text) {
  const found = /^\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)\s*$/.exec(text);
  const wall = found ? Date.parse(`${found[1]}T${found[2]}Z`) : NaN;
  return Number.isNaN(wall) ? null : wall;
}

/** @param {number} wall */
function toInput(wall) {
  return new Date(wall).toISOString().slice(0, 16);
}

/**
 * The next day with the month and day of a date, at its first minute.
 *
 * @param {string} date "YYYY-MM-DD"
 * @param {number} now wall
 */
function nextBirthday(date, now) {
  const born = Date.parse(`${date}T00:00Z`);
  if (Number.isNaN(born)) return null;
  const years = new Date(now).getUTCFullYear() - new Date(born).getUTCFullYear();
  const this_year = addMonths(born, years * 12);
  return this_year > now ? this_year : addMonths(born, (years + 1) * 12);
}

/**
 * @param {HTMLInputElement} time
 * @param {HTMLSelectElement} zones
 * @param {HTMLElement} box
 */
function arm(time, zones, box) {
  const line = box.querySelector("[role=status]");
  const { locale = "en", text: named = "", words = "" } = box.dataset;
  const { past = "", gap = "", far = "", years = "" } = box.dataset;

  function tell() {
    const wall = parse(time.value);
    const instant = wall === null ? null : instantOf(wall, zones.value);
    const now = Date.now();
    let text = "";
    if (wall === null || !line) text = "";
    else if (instant === null) text = gap;
    else if (instant <= now) text = past;
    else if (instant > addMonths(now, Number(years) * 12)) text = far;
    else {
      text = words.replace("{moment}", inWords(instant, zones.value, locale, named))
        .replace("{distance}", distance(wallOf(now, zones.value), wall, locale));
    }
    if (line && line.textContent !== text) line.textContent = text;
    box.dataset.instant = instant === null ? "" : String(instant / 1000); // js/put/seal.js
  }

  /** @param {number} wall */
  function choose(wall) {
    time.value = toInput(wall);
    time.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const nowThere = () => wallOf(Date.now(), zones.value);
  for (const button of box.querySelectorAll("button")) {
    const months = Number(button.dataset.months);
    if (months) button.addEventListener("click", () => choose(addMonths(nowThere(), months)));
    else unfold(button);
  }
  const birthday = document.getElementById("birthday");
  birthday?.addEventListener("input", () => {
    const wall = birthday instanceof HTMLInputElement && nextBirthday(birthday.value, nowThere());
    if (wall) choose(wall);
  });

  time.addEventListener("input", tell);
  zones.addEventListener("change", tell);
  time.form?.addEventListener("reset", () => setTimeout(tell));
  setInterval(tell, MINUTE);
  preset(time, zones, nowThere);
  tell();
  box.hidden = false;
}

/** @param {HTMLButtonElement} button opens and closes what it controls */
function unfold(button) {
  const part = document.getElementById(button.getAttribute("aria-controls") ?? "");
  button.addEventListener("click", () => {
    if (!part) return;
    part.hidden = !part.hidden;
    button.setAttribute("aria-expanded", String(!part.hidden));
    if (!part.hidden) part.querySelector("input")?.focus();
  });
}

/**
 * The browser's own zone, and a year from now on its clocks, for somebody who has not chosen.
 * What the browser restores when one comes back to the page is left alone.
 *
 * @param {HTMLInputElement} time
 * @param {HTMLSelectElement} zones
 * @param {() => number} nowThere
 */
function preset(time, zones, nowThere) {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const untouched = zones.selectedOptions[0]?.defaultSelected ?? true;
  const known = [...zones.options].some((option) => option.value === zone);
  if (zones.dataset.preset === undefined || !untouched || !known || zones.value === zone) return;
  zones.value = zone;
  if (time.value === time.defaultValue) time.value = toInput(addMonths(nowThere(), 12));
}

const time = document.getElementById("time");
const zones = document.getElementById("tz");
const box = document.getElementById("moment-words");
if (time instanceof HTMLInputElement && zones instanceof HTMLSelectElement && box) {
  arm(time, zones, box);
}
