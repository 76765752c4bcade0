/**
 * The shortcut to a birthday, the next one or the 18th say: a day with the month and day of a date
 * that stays on the page, at the first minute that the clocks show.  js/put/when.js fetches it when it is asked for.
 */

const MINUTE = 60000;
const DAY = 1440 * MINUTE;

/** The birthday in a year, at midnight; 29 February is the 28th where there is none. @param {number} year @param {Date} born */
function birthdayIn(year, born) {
  const last = new Date(Date.UTC(year, born.getUTCMonth() + 1, 0)).getUTCDate();
  return Date.UTC(year, born.getUTCMonth(), Math.min(born.getUTCDate(), last));
}

/**
 * @param {string} date "YYYY-MM-DD"
 * @param {string} which the birthday's number; the next one without
 * @param {number} now wall
 * @param {(wall: number) => boolean} isShown whether the zone's clocks show a wall
 */
function find(date, which, now, isShown) {
  const born = new Date(`${date}T00:00Z`);
  if (Number.isNaN(born.getTime())) return null;
  const age = /^\s*(\d{1,3})\s*$/.exec(which);
  const year = age ? born.getUTCFullYear() + Number(age[1]) : new Date(now).getUTCFullYear();
  let wall = birthdayIn(year, born);
  if (!age && wall <= now) wall = birthdayIn(year + 1, born);
  for (const end = wall + DAY; wall < end && !isShown(wall); ) wall += MINUTE;
  return wall;
}

/** @type {WeakSet<Element>} */
const armed = new WeakSet();

/**
 * Opens or closes the fields of a birthday.  Walls are those of js/put/when.js.
 *
 * @param {HTMLButtonElement} button
 * @param {(wall: number) => boolean} isShown
 * @param {() => number} nowThere
 * @param {(wall: number) => void} choose
 */
export function toggle(button, isShown, nowThere, choose) {
  const part = document.getElementById(button.getAttribute("aria-controls") ?? "");
  const [date, which] = part?.querySelectorAll("input") ?? [];
  if (!part || !date || !which) return;
  if (!armed.has(part)) {
    armed.add(part);
    part.addEventListener("input", () => {
      const wall = find(date.value, which.value, nowThere(), isShown);
      if (wall) choose(wall);
    });
  }
  part.hidden = !part.hidden;
  button.setAttribute("aria-expanded", String(!part.hidden));
  if (!part.hidden) date.focus();
}
