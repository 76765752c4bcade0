/**
 * The moment of a capsule: presets the browser's zone, offers shortcuts, and says in words which
 * moment is chosen and how far away it is.  It refuses nothing: the server has the clock, and
 * compares the instant that the words name, which goes along in a field.
 *
 * A "wall" is what a clock of the zone shows, as the milliseconds at which one in UTC shows it.
 */

const MINUTE = 60000;
const DAY = 1440 * MINUTE;

/** @type {Record<string, Intl.DateTimeFormat>} making one takes long */
const clocks = {};

/** @param {string} [zone] the device's own without one */
function clockOf(zone = "") {
  return clocks[zone] ?? (clocks[zone] = new Intl.DateTimeFormat("en", {
    timeZone: zone || undefined, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  }));
}

/** @param {number} instant @param {string} [zone] */
function wallOf(instant, zone) {
  /** @type {Record<string, number>} */
  const part = {};
  for (const { type, value } of clockOf(zone).formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The zone, or undefined where the browser lacks it: then shortcuts count on the device's clocks. @param {string} zone */
function known(zone) {
  try {
    clockOf(zone);
    return zone;
  } catch {
    return undefined;
  }
}

/** When a zone's clocks show a wall; the later instant of two, and null where they skip it. @param {number} wall @param {string} zone */
function instantOf(wall, zone) {
  const offsets = [wall - DAY, wall + DAY].map((near) => wallOf(near, zone) - near);
  const fitting = offsets.map((offset) => wall - offset)
    .filter((instant) => wallOf(instant, zone) === wall);
  return fitting[0] === undefined ? null : Math.max(...fitting);
}

/** The first moment behind the gap that skips a wall. @param {number} wall @param {string} zone */
function behindGap(wall, zone) {
  let [before, after] = [wall - DAY, wall + DAY];
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (wallOf(middle, zone) < wall) before = middle;
    else after = middle;
  }
  return after;
}

/** The same time of day so many months later, on the month's last day where it is too short. @param {number} wall @param {number} months */
function addMonths(wall, months) {
  const date = new Date(wall);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, last));
}

/** "1 year and 3 months", from one wall to another.  From two days on only dates count. @param {number} from @param {number} to @param {string} locale */
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
  if (!Intl.ListFormat) return words.join(" ");
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(words);
}

/** @param {number} instant @param {string} zone */
function offsetOf(instant, zone) {
  const ahead = wallOf(instant, zone) - Math.floor(instant / 1000) * 1000;
  return (ahead < 0 ? "-" : "+") + new Date(Math.abs(ahead)).toISOString().slice(11, 16);
}

/**
 * "Saturday 27 November 2027 at 19:20 (Europe/Berlin, UTC+01:00)"
 * @param {number} instant
 * @param {string} zone
 * @param {string} locale
 * @param {string} text how the language writes a moment and its zone
 * @param {string} name and a zone and its offset
 */
function inWords(instant, zone, locale, text, name) {
  const second = instant % MINUTE === 0 ? undefined : "2-digit";
  const day = new Intl.DateTimeFormat(locale, {
    timeZone: zone, hourCycle: "h23", weekday: "long", year: "numeric", month: "long",
    day: "numeric", hour: "2-digit", minute: "2-digit", second,
  }).format(instant);
  const named = zone === "UTC" ? zone
    : name.replace("{name}", zone).replace("{offset}", offsetOf(instant, zone));
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

/** @param {HTMLFormElement | null} form @param {string} name */
function hidden(form, name) {
  const field = Object.assign(document.createElement("input"), { type: "hidden", name });
  form?.append(field);
  return field;
}

/** @param {HTMLInputElement} time @param {HTMLSelectElement} zones @param {HTMLElement} box @param {HTMLElement} shortcuts */
function arm(time, zones, box, shortcuts) {
  const line = box.querySelector("[role=status]");
  const { locale = "en", text: named = "", zone: zoned = "", words = "" } = box.dataset;
  const { past = "", gap = "", far = "", years = "" } = box.dataset;

  const field = hidden(time.form, "instant");
  const sent = hidden(time.form, "tz");
  // Autofill reads all fields of a form at each key.
  zones.setAttribute("form", "");

  /** @param {number} wall @param {number} instant */
  function inFull(wall, instant) {
    const now = Date.now();
    if (instant <= now) return past;
    if (instant > addMonths(now, Number(years) * 12)) return far;
    try {
      return words.replace("{moment}", inWords(instant, zones.value, locale, named, zoned))
        .replace("{distance}", distance(wallOf(now, zones.value), wall, locale));
    } catch {
      return ""; // an older browser cannot say it
    }
  }

  function tell() {
    sent.value = zones.value;
    const wall = parse(time.value);
    const zone = known(zones.value);
    const instant = wall === null || !zone ? undefined : instantOf(wall, zone);
    box.dataset.instant = typeof instant === "number" ? String(instant / 1000) : ""; // js/put/seal.js
    // A server that knows no gap there has to ask.
    const seen = instant === null && wall !== null && zone ? behindGap(wall, zone) : instant;
    [field.value, field.disabled] = [String(Number(seen) / 1000), typeof seen !== "number"];
    let text = instant === null ? gap : "";
    if (wall !== null && typeof instant === "number") text = inFull(wall, instant);
    if (line && line.textContent !== text) line.textContent = text;
  }

  /** The shortcut that the time was chosen by is marked as long as it stands there. @type {{ button: Element, value: string } | undefined} */
  let chosen;
  function mark() {
    for (const button of shortcuts.querySelectorAll("button")) {
      const is = button === chosen?.button && time.value === chosen.value;
      button.setAttribute("aria-pressed", String(is));
    }
  }

  /** @param {number} wall @param {Element} button */
  function choose(wall, button) {
    time.value = toInput(wall);
    chosen = { button, value: time.value };
    time.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {HTMLButtonElement} button its module is fetched when it is asked for */
  async function openBirthday(button) {
    const { toggle } = await import(button.dataset.module ?? "");
    toggle(button, (/** @type {number} */ wall) => {
      const zone = known(zones.value);
      return !zone || instantOf(wall, zone) !== null;
    }, nowThere, (/** @type {number} */ wall) => choose(wall, button));
  }

  const nowThere = () => wallOf(Date.now(), known(zones.value));
  for (const button of shortcuts.querySelectorAll("button")) {
    const months = Number(button.dataset.months);
    if (months) button.addEventListener("click", () => choose(addMonths(nowThere(), months), button));
    else button.addEventListener("click", () => openBirthday(button));
  }
  time.addEventListener("input", tell);
  time.addEventListener("input", mark);
  zones.addEventListener("change", tell);
  time.form?.addEventListener("reset", () => {
    for (const one of zones.options) one.selected = one.defaultSelected;
    setTimeout(tell);
  });
  time.form?.addEventListener("submit", tell);
  setInterval(tell, MINUTE);
  preset(time, zones, nowThere);
  const proposed = shortcuts.querySelector("[data-months='12']");
  if (proposed && zones.dataset.preset !== undefined && time.value === time.defaultValue) chosen = { button: proposed, value: time.value };
  mark();
  tell();
  box.hidden = shortcuts.hidden = false;
}

/** An option says "Buenos Aires, Argentina -3" below its region: its value becomes the zone's name. @param {HTMLSelectElement} zones */
function nameZones(zones) {
  for (const region of zones.querySelectorAll("optgroup")) {
    for (const option of region.querySelectorAll("option")) {
      const place = option.text.replace(/ [^ ]+$/, "").split(", ").reverse().join("/");
      option.value = `${region.label}/${place.replaceAll(" ", "_")}`;
    }
  }
}

/** The browser's own zone, and a year from now there, for who has not chosen. @param {HTMLInputElement} time @param {HTMLSelectElement} zones @param {() => number} nowThere */
function preset(time, zones, nowThere) {
  const own = clockOf().resolvedOptions().timeZone;
  const zone = own === "+00:00" ? "GMT" : own; // what Chromium calls it
  const given = [...zones.options].find((option) => option.defaultSelected); // some browsers choose its twin
  const untouched = !given || given.value === zones.value;
  const others = (zones.dataset.others ?? "").split(" "); // no places
  const offered = [...zones.options].some((option) => option.value === zone);
  if (zones.dataset.preset === undefined || !untouched || zones.value === zone) return;
  if (!offered && !others.includes(zone) && !/^Etc\/GMT[+-]/.test(zone)) return;
  if (!offered) zones.add(new Option(zone, zone));
  zones.value = zone;
  if (time.value === time.defaultValue) time.value = toInput(addMonths(nowThere(), 12));
}

const time = document.getElementById("time");
const zones = document.getElementById("tz");
const box = document.getElementById("moment-words");
const shortcuts = document.getElementById("shortcuts");
if (time instanceof HTMLInputElement && zones instanceof HTMLSelectElement && box && shortcuts) {
  nameZones(zones);
  arm(time, zones, box, shortcuts);
}
