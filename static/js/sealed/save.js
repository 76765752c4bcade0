/**
 * Saves an encrypted message as one page that decrypts itself with the passphrase, from a file and without a
 * network: the encrypted text, and the scripts that open it as they are served here, without what makes them
 * modules.  The page names no address, and its own policy forbids it to ask for anything.
 */

const SCRIPTS = ["../seal/bytes.js", "../seal/tc2.js", "./page.js"]; // each needs what stands before it

const STYLE = `:root { color-scheme: light dark; }
body { max-width: 38rem; margin: 0 auto; padding: 1.5rem 1rem; font: 1.0625rem/1.65 Georgia, "Songti SC", serif; }
h1 { line-height: 1.25; }
label { display: block; font-weight: 600; }
.tick label { display: inline; font-weight: 400; }
[type="text"], [type="password"] { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; }
button { margin-top: 1rem; padding: .5rem 1.25rem; font: inherit; }
#message { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; text-align: start; }
#message.sealed { font: .8125rem/1.5 Menlo, Consolas, "DejaVu Sans Mono", monospace; word-break: break-all; }`;

/** @param {string | undefined} text */
function escaped(text) {
  return (text ?? "").replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** @param {string} name */
async function script(name) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name} answered ${answer.status}`);
  return (await answer.text()).replace(/^import .*\n/gm, "").replace(/^export /gm, "");
}

/** @param {Record<string, string | undefined>} words @param {string} sealed @param {string} code */
function page(words, sealed, code) {
  const said = ["opened", "working", "wrong", "damaged", "unavailable"]
    .map((name) => ` data-${name}="${escaped(words[name])}"`).join("");
  const { lang, dir } = document.documentElement;
  return `<!doctype html>
<html lang="${escaped(lang)}" dir="${escaped(dir)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escaped(words.title)}</title>
<style>
${STYLE}
</style>
</head>
<body${said}>
<main>
<h1 dir="auto">${escaped(words.title)}</h1>
<p>${escaped(words.until)}</p>
<form id="form" autocomplete="off">
<p>${escaped(words.lead)}</p>
<p><label for="passphrase">${escaped(words.label)}</label>
<input type="password" id="passphrase" autocomplete="off" autocapitalize="none" spellcheck="false" required></p>
<p class="tick"><input type="checkbox" id="shown"> <label for="shown">${escaped(words.show)}</label></p>
<button type="submit">${escaped(words.submit)}</button>
</form>
<p id="outcome" role="status"></p>
<div id="message" class="sealed" tabindex="-1">${escaped(sealed)}</div>
</main>
<script type="module">
${code}</script>
</body>
</html>
`;
}

/** @param {string} text @param {string} name */
function give(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/html;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const button = document.getElementById("save-sealed");
const sealed = document.getElementById("capsule-content")?.textContent ?? ""; // before anybody decrypts it
if (button) {
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.after(status);
  button.addEventListener("click", async () => {
    status.textContent = "";
    try {
      const code = (await Promise.all(SCRIPTS.map(script))).join("\n");
      const title = document.querySelector("h1")?.textContent ?? "";
      give(page({ ...button.dataset, title }, sealed, code), button.dataset.name ?? "");
    } catch {
      status.textContent = button.dataset.failed ?? "";
    }
  });
  button.hidden = false;
}
