/**
 * Buttons that carry a text away.  Each stands hidden in the page until this module makes it
 * work, so nobody sees a button that does nothing.
 *
 *   <button hidden data-copy="ID" data-done="…" data-failed="…">   copies an element's text; of
 *                                                                  several, each as a line
 *   <button hidden data-save="ID" data-name="FILE">                saves it as a file
 *   <button hidden data-print>                                     prints the page
 *
 * The text is what the server has sent, also when the browser has translated the page since, and
 * paper shows it too.  Whoever changes it (to decrypt it) dispatches "shown" on the element.  The
 * outcome of a copy is said behind the buttons, in a region that screen readers announce; one
 * that succeeded is also an event "kept".
 */

/**
 * An element's own text, whatever a translator makes of it.
 *
 * @typedef {{ target: HTMLElement, read: () => string }} Source
 */

/** @type {Map<HTMLElement, Source>} */
const sources = new Map();

/** @param {HTMLElement} target @returns {Source} */
function newSource(target) {
  let text = target.textContent ?? "";
  target.addEventListener("shown", () => (text = target.textContent ?? ""));
  // What no translator may touch is other scripts' to change.
  return { target, read: () => (target.translate ? text : (target.textContent ?? "")) };
}

/** @param {string} id */
function sourceOf(id) {
  const target = document.getElementById(id);
  if (!target) return undefined;
  const source = sources.get(target) ?? newSource(target);
  sources.set(target, source);
  return source;
}

/** One source for several elements; the first of them is what stands selected. @param {string} ids */
function sourceOfAll(ids) {
  const all = ids.split(" ").map(sourceOf).filter((source) => source !== undefined);
  const [first] = all;
  return first && { target: first.target, read: () => all.map(({ read }) => read()).join("\n") };
}

/**
 * The clipboard interface exists only over HTTPS and on this very machine; elsewhere the old
 * command copies, and where that fails too the text at least stands selected.
 *
 * @param {Source} source
 * @returns {Promise<boolean>}
 */
async function copy({ target, read }) {
  try {
    await navigator.clipboard.writeText(read());
    return true;
  } catch {
    const fold = target.closest("details");
    if (fold) fold.open = true; // what is folded cannot be selected
    getSelection()?.selectAllChildren(target);
    /** @param {ClipboardEvent} event */
    const give = (event) => {
      event.clipboardData?.setData("text/plain", read());
      event.preventDefault();
    };
    document.addEventListener("copy", give);
    const copied = document.execCommand("copy");
    document.removeEventListener("copy", give);
    return copied;
  }
}

/** @param {HTMLButtonElement} button @param {Source} source */
function armCopy(button, source) {
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.parentElement?.append(status);

  button.addEventListener("click", async () => {
    status.textContent = "";
    const { done, failed } = button.dataset;
    const copied = await copy(source);
    status.textContent = (copied ? done : failed) ?? "";
    if (copied) button.dispatchEvent(new Event("kept", { bubbles: true }));
  });
}

/** The text does not pass the server again. @param {HTMLButtonElement} button @param {Source} source */
function armSave(button, { read }) {
  button.addEventListener("click", () => {
    const blob = new Blob([read()], { type: "text/plain;charset=utf-8" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = button.dataset.name ?? "";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

/** While the page is printed every text is its own; afterwards the translation is back. */
function armPaper() {
  /** @type {(() => void)[]} */
  let undo = [];
  addEventListener("beforeprint", () => {
    for (const { target, read } of sources.values()) {
      const [text, shown] = [read(), [...target.childNodes]];
      if (target.textContent === text) continue;
      target.textContent = text;
      undo.push(() => target.replaceChildren(...shown));
    }
  });
  addEventListener("afterprint", () => {
    for (const back of undo) back();
    undo = [];
  });
}

for (const button of document.querySelectorAll("button[data-copy], button[data-save], button[data-print]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const { copy: copied, save: saved } = button.dataset;
  const source = sourceOfAll(copied ?? saved ?? "");
  if (button.dataset.print !== undefined) button.addEventListener("click", () => print());
  else if (!source) continue;
  else if (copied) armCopy(button, source);
  else armSave(button, source);
  button.hidden = false;
}
armPaper();
