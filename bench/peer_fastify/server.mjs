/**
 * A peer of bench/peers: the page, a put and an open with Fastify, eta and mysql2, one process, on the tables that
 * `timecapsule migrate` made.  Texts and headers are those of our own answers, `@name@` where something changes.
 * Statements are prepared, the time gate is in the statement; nothing is sealed, no QR code or letter is made.
 *
 *     node server.mjs PAGES LANGUAGES SOCKET CONNECTIONS     MARIADB_PASSWORD holds the password
 */
import { createHash, randomBytes, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "node:querystring";
import { Eta } from "eta";
import fastify from "fastify";
import mysql from "mysql2/promise";

const [folder, names, socketPath, connections] = process.argv.slice(2);
const languages = names.split(" ");
const eta = new Eta();
const standing = {};
for (const language of languages) {
  for (const page of ["put", "done", "opened"]) {
    const path = `${folder}/${page}.${language}`;
    eta.loadTemplate(`@${page}.${language}`, readFileSync(path, "utf8").replace(/@(\w+)@/g, "<%= it.$1 %>"));
    standing[`${page}.${language}`] = Object.fromEntries(
      readFileSync(`${path}.headers`, "utf8").trim().split(/\r?\n/).map((line) => line.split(/: (.*)/).slice(0, 2)));
  }
}

const database = mysql.createPool({ socketPath, user: "bench", database: "bench",
  password: process.env.MARIADB_PASSWORD, connectionLimit: Number(connections) });

const remembered = new Map();

/** The language that is spoken here and that the header likes best. */
function language(header = "") {
  let chosen = remembered.get(header);
  if (!chosen) {
    let weight = 0;
    chosen = "en";
    for (const item of header.split(",")) {
      const [tag, q = "q=1"] = item.trim().toLowerCase().split(/\s*;\s*/);
      const here = languages.find((known) => known.toLowerCase() === tag)
        ?? languages.find((known) => known.split("-")[0] === tag.split("-")[0]);
      if (here && Number(q.slice(2)) > weight) {
        chosen = here;
        weight = Number(q.slice(2));
      }
    }
    if (remembered.size === 256) remembered.clear();
    remembered.set(header, chosen);
  }
  return chosen;
}

function send(request, reply, page, values) {
  const name = `${page}.${language(request.headers["accept-language"])}`;
  return reply.headers(standing[name]).send(eta.render(`@${name}`, values));
}

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const hash = (key) => createHash("sha256").update(key).digest();
const now = () => Math.floor(Date.now() / 1000);

/** What is wrong with a form, or nothing. */
function fault({ name = "", content = "", time = "" }, at) {
  if (!content || content.length > 100000) return "content";
  if (name.length > 100) return "name";
  if (!(Date.parse(`${time.replace(" ", "T")}Z`) / 1000 > at)) return "time";
}

const app = fastify({ logger: false });
app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" },
  (request, body, done) => done(null, parse(body)));

app.get("/put", (request, reply) => send(request, reply, "put", {
  once: randomBytes(32).toString("base64url"),
  time: new Date(Date.now() + 365 * 86400000).toISOString().slice(0, 16),
}));

app.post("/put", async (request, reply) => {
  const { name = "", content, time } = request.body;
  const at = now();
  const wrong = fault(request.body, at);
  if (wrong) return reply.code(422).send(wrong);
  const key = Array.from({ length: 16 }, () => LETTERS[randomInt(62)]).join("");
  await database.execute("INSERT INTO capsule (key_hash, opens_at, created_at, note, body, version)"
    + " VALUES (?, ?, ?, ?, ?, 0)", [hash(key), Date.parse(`${time.replace(" ", "T")}Z`) / 1000, at, null,
    Buffer.from(JSON.stringify({ name, content }))]);
  return send(request, reply, "done", { key, name, time });
});

app.post("/open", async (request, reply) => {
  const at = now();
  const [rows] = await database.execute("SELECT id, opens_at, created_at, CASE WHEN opens_at > ? THEN note END AS note,"
    + " CASE WHEN opens_at <= ? THEN body END AS body FROM capsule WHERE key_hash = ? AND disabled_at IS NULL",
  [at, at, hash(request.body.key ?? "")]);
  if (!rows[0]?.body) return reply.code(rows[0] ? 403 : 404).send();
  const { name, content } = JSON.parse(rows[0].body.toString());
  return send(request, reply, "opened", { key: request.body.key, name, content,
    time: new Date(rows[0].opens_at * 1000).toISOString() });
});

console.log(`listening on ${await app.listen({ host: "127.0.0.1", port: 0 })}`);
