/**
 * The manners of the put form: it counts what is written, judges the fields in the server's own
 * words before they are sent (the server judges them again), and is sent once.
 *
 * What has to be done first (to encrypt it, say) joins in by "prepare", dispatched when the fields
 * are in order: `event.detail.wait(promise)`.  The form goes when every promise is fulfilled; one
 * rejected with `{ field, message }` shows the message there, and nothing is sent.  What few need
 * stands in <details hidden data-part="URL" data-module="URL">: its fields, a page of their own, and its module are
 * fetched when it is opened.
 *
 * @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control
 * @typedef {{ field: string, message: string }} Fault
 */

const NEAR = 0.9; // of a limit: from here on the count is announced
const PAUSE = 1000; // milliseconds without a key before that
const REST = 150; // milliseconds; one without a key, and the count is shown: each change of it lays out the page anew
const STUCK = 10000; // milliseconds: a page that has not gone by then may be sent again

/** How a text begins that shows nothing, as the server judges it. */
const BLANK = "^[\\p{White_Space}\\p{Default_Ignorable_Code_Point}\\u2800]*";
const EMPTY = new RegExp(`${BLANK}$`, "u");

/** Messages that the browser itself has encrypted are measured in bytes, by the server. */
const SEALED = new RegExp(`^TC2\\.|${BLANK}U2FsdGVkX1`, "u");

/** Code points, as the server counts them. @param {string} text */
function lengthOf(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** @param {string | undefined} words @param {number} count */
function withCount(words, count) {
  return (words ?? "").replace("{count}", String(count));
}

/** A capsule that others fill needs no message of its own. @param {Control} control */
function isExcused(control) {
  const box = document.getElementById("gather");
  return control.id === "content" && box instanceof HTMLInputElement && box.checked;
}

/** What is wrong with a field, or "". @param {Control} control */
function judge(control) {
  const { missing, max, long } = control.dataset;
  const value = control.value;
  if (missing && EMPTY.test(value)) return isExcused(control) ? "" : missing;
  if (!max || SEALED.test(value)) return "";
  const count = lengthOf(value);
  return count > Number(max) ? withCount(long, count) : "";
}

/** Says under a field what is wrong with it; "" takes that away. @param {Control} control @param {string} message */
function mark(control, message) {
  const id = `${control.id}-error`;
  document.getElementById(id)?.remove();
  const described = (control.getAttribute("aria-describedby") ?? "").split(" ");
  const others = described.filter((one) => one && one !== id);
  if (message) {
    const line = document.createElement("p");
    line.className = "error";
    line.id = id;
    line.textContent = message;
    control.after(line);
    control.setAttribute("aria-invalid", "true");
    others.push(id);
  } else {
    control.removeAttribute("aria-invalid");
  }
  control.setAttribute("aria-describedby", others.join(" "));
}

/**
 * Shows all that is wrong: beside the fields, and together in the summary, which is announced.
 * The first field gets the focus.
 *
 * @param {HTMLFormElement} form
 * @param {Fault[]} faults in the order of the page
 */
function show(form, faults) {
  const summary = document.getElementById("error-summary");
  const list = summary?.querySelector("ul");
  for (const control of controlsOf(form)) {
    mark(control, faults.find((fault) => fault.field === control.id)?.message ?? "");
  }
  list?.replaceChildren(...faults.map(({ field, message }) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `#${field}`;
    link.textContent = message;
    item.append(link);
    return item;
  }));
  if (summary) summary.hidden = faults.length === 0;
  if (faults[0]) document.title = form.dataset.failed ?? document.title;
  for (const { field } of faults) {
    const fold = document.getElementById(field)?.closest("details");
    if (fold) fold.open = true;
  }
  if (faults[0]) document.getElementById(faults[0].field)?.focus();
}

/** @param {HTMLFormElement} form @returns {Control[]} those that a person fills in */
function controlsOf(form) {
  /** @type {NodeListOf<Control>} */
  const all = form.querySelectorAll("input.control, textarea.control, select.control");
  return [...all];
}

/**
 * The count under a text, shown when the typing rests.  It is announced only near the limit, after a longer rest.
 *
 * @param {HTMLTextAreaElement} text
 */
function count(text) {
  const line = document.createElement("p");
  const spoken = document.createElement("p");
  line.className = "count";
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  line.setAttribute("aria-hidden", "true");
  (document.getElementById(`${text.id}-error`) ?? text).after(line, spoken);
  let timer = 0;
  let rest = 0;
  let typed = false;

  function look() {
    rest = typed ? setTimeout(look, REST) : 0;
    if (!typed) tell();
    typed = false;
  }
  function tell() {
    const length = lengthOf(text.value);
    const max = Number(text.dataset.max);
    const sealed = SEALED.test(text.value);
    line.textContent = sealed ? "" : withCount(text.dataset.count, length);
    line.classList.toggle("over", length > max && !sealed);
    clearTimeout(timer);
    if (length < max * NEAR) return;
    timer = setTimeout(() => (spoken.textContent = line.textContent), PAUSE);
  }
  text.addEventListener("input", () => {
    typed = rest !== 0; // a timer anew at each key would cost more
    rest = rest || setTimeout(look, REST);
  });
  text.form?.addEventListener("reset", () => setTimeout(tell));
  tell();
}

/** While the form is on its way its button says so and a second press does nothing. @param {HTMLFormElement} form */
function sender(form) {
  const button = form.querySelector("button[data-busy]");
  const words = button?.textContent ?? "";
  let sending = false;
  let timer = 0;

  /** @param {boolean} now */
  function set(now) {
    sending = now;
    clearTimeout(timer);
    if (!(button instanceof HTMLButtonElement)) return;
    button.setAttribute("aria-disabled", String(now));
    button.textContent = now ? (button.dataset.busy ?? words) : words;
  }

  addEventListener("pageshow", () => set(false));
  return {
    isSending: () => sending,
    begin: () => set(true),
    end: () => set(false),
    endLater: () => (timer = setTimeout(() => set(false), STUCK)),
  };
}

/** @param {HTMLFormElement} form */
function arm(form) {
  const sent = sender(form);
  let passing = false;
  /** @param {HTMLButtonElement} button which goes along */
  function sendBy(button) {
    passing = true;
    form.requestSubmit(button);
    passing = false;
  }
  form.noValidate = true; // ours says the same, beside the field

  form.addEventListener("submit", async (event) => {
    if (passing) return;
    if (sent.isSending()) return event.preventDefault();
    // The button of another language sends what is there, to get it back.
    const asks = event.submitter instanceof HTMLButtonElement && event.submitter.formNoValidate ? event.submitter : undefined;
    const faults = asks ? [] : controlsOf(form)
      .map((control) => ({ field: control.id, message: judge(control) }))
      .filter((fault) => fault.message);
    if (!asks) show(form, faults);
    if (faults[0]) return event.preventDefault();

    /** @type {Promise<unknown>[]} */
    const promises = [];
    /** @param {Promise<unknown>} promise */
    const wait = (promise) => promises.push(promise);
    sent.begin();
    form.dispatchEvent(new CustomEvent("prepare", { detail: { wait } }));
    if (!promises[0]) return sent.endLater(); // the browser sends it now
    event.preventDefault();
    try {
      await Promise.all(promises);
      if (asks) sendBy(asks);
      else form.submit();
      sent.endLater();
    } catch (reason) {
      sent.end();
      const { field, message } = /** @type {Partial<Fault>} */ (reason);
      if (!field || !message) throw reason;
      show(form, [{ field, message }]);
    }
  });

  form.addEventListener("input", ({ target }) => {
    const bad = target instanceof Element && target.getAttribute("aria-invalid") === "true";
    const control = bad && controlsOf(form).find((one) => one === target);
    if (control && !judge(control)) mark(control, "");
  });
}

/** What the page of a part holds. @param {string} url @returns {Promise<HTMLElement>} */
function fetchPart(url) {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open("GET", url);
    asked.responseType = "document"; // which nothing else may make of a text
    asked.onloadend = () => {
      const part = asked.status === 200 && asked.responseXML?.body.lastElementChild; // behind a preview's bar
      if (part instanceof HTMLElement) resolve(part);
      else reject(new Error(`${url}: ${asked.status}`));
    };
    asked.send();
  });
}

/** @param {HTMLDetailsElement} details */
function fetchLater(details) {
  const { part = "", module = "" } = details.dataset;
  let begun = false;
  /** @type {HTMLElement | undefined} */
  let fields;
  async function begin() {
    if (begun || !details.open) return;
    begun = true;
    try {
      fields = fields ?? await fetchPart(part);
      fields.hidden = true; // until they do what they say
      details.append(fields);
      await import(module);
      fields.hidden = false;
    } catch (reason) {
      begun = false; // opened once more, it is tried once more
      throw reason;
    }
  }
  details.hidden = false;
  details.addEventListener("toggle", begin);
  begin();
}

/**
 * What is folded away is no part of the form until it is unfolded or the form is sent, and the message stands alone in
 * one until then: browsers read all fields of a form at each key.
 *
 * @param {HTMLFormElement} form @param {NodeListOf<Element>} fields @param {string} owner the form that has them meanwhile
 * @param {Element | null} [fold]
 */
function leaveOut(form, fields, owner, fold) {
  const join = () => fields.forEach((field) => field.setAttribute("form", form.id)); // named: Firefox looks for none
  for (const field of fields) field.setAttribute("form", owner);
  fold?.addEventListener("toggle", join);
  for (const kind of ["submit", "reset"]) form.addEventListener(kind, join, true); // before what sends it
}

/** A summary that came with the page is announced as if it came now: many readers do not say it. */
function announce() {
  const summary = document.getElementById("error-summary");
  if (!summary || summary.hidden || summary.contains(document.activeElement)) return;
  summary.replaceChildren(...summary.childNodes);
}

const form = document.getElementById("put-form");
if (form instanceof HTMLFormElement) {
  arm(form);
  for (const control of controlsOf(form)) {
    if (control instanceof HTMLTextAreaElement && control.dataset.max) count(control);
  }
  /** @type {NodeListOf<HTMLDetailsElement>} */
  const parts = form.querySelectorAll("details[data-part]");
  for (const details of parts) fetchLater(details);
  for (const fold of form.querySelectorAll(".fold:not([open])")) leaveOut(form, fold.querySelectorAll("[name]"), "", fold);
  const own = document.createElement("form");
  own.id = "message";
  form.after(own);
  leaveOut(form, form.querySelectorAll("#content"), own.id);
  setTimeout(announce, PAUSE);
}
