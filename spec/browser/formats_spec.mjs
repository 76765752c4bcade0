/** The modules below static/js/seal, in the browser that they are for. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { suite } from "./support/suite.mjs";
import { ask, vectors } from "./support/tc2.mjs";

/** @typedef {import("./support/visitor.mjs").Visitor} Visitor */
/** @typedef {typeof import("../../static/js/seal/tc2.js")} Tc2 */

/**
 * Runs a function in the page with a module of ours.
 * @template M, A, R
 * @param {Visitor} visitor @param {string} name @param {(module: M, argument: A) => R | Promise<R>} body
 * @param {A} argument
 * @returns {Promise<R>}
 */
async function withModule({ page }, name, body, argument) {
  const source = `(async (argument) => (${body})(await import("/static/js/seal/${name}.js"), argument))`;
  return page.evaluate(`${source}(${JSON.stringify(argument)})`);
}

/**
 * How a text opens: the message, or the code of the refusal.
 * @param {Visitor} visitor @param {string} text @param {string} passphrase
 */
function outcome(visitor, text, passphrase) {
  return withModule(visitor, "tc2", async (/** @type {Tc2} */ tc2, [sealed = "", secret = ""]) => {
    try {
      return (await tc2.open(sealed, secret)).message;
    } catch (reason) {
      if (reason instanceof tc2.SealError) return { refused: reason.code };
      throw reason;
    }
  }, [text, passphrase]);
}

/** The parts of a text as bytes, the mark left out. @param {string} text */
function bytesOf(text) {
  const [, header = "", ciphertext = ""] = text.split(".");
  return { header: Buffer.from(header, "base64url"), ciphertext: Buffer.from(ciphertext, "base64url") };
}

/**
 * A text with a changed header whose checksum is right again, as somebody would make it on purpose.
 * @param {string} text @param {(header: Buffer) => void} change
 */
function forge(text, change) {
  const { header, ciphertext } = bytesOf(text);
  change(header);
  createHash("sha256").update(header.subarray(0, 72)).digest().copy(header, 72, 0, 6);
  return `TC2.${header.toString("base64url")}.${ciphertext.toString("base64url")}`;
}

const DAMAGED = { refused: "damaged" };
const WRONG = { refused: "passphrase" };

suite("TC2", {}, ({ it }) => {
  it("opens and makes the vectors of the document", async (visitor) => {
    await visitor.go("/introduce");
    assert.ok(vectors().length > 1);
    for (const vector of vectors()) {
      assert.equal(await outcome(visitor, vector.text, vector.passphrase), vector.message);
      const made = await withModule(visitor, "tc2", async (/** @type {Tc2} */ tc2, v) => {
        const bytes = (/** @type {string} */ hex) => Uint8Array.from(hex.match(/../g) ?? [], (two) => parseInt(two, 16));
        const parameters = { rounds: v.rounds, opensAt: v.opens_at, salt: bytes(v.salt), iv: bytes(v.iv) };
        return tc2.encrypt(v.message, parameters, await tc2.deriveKeys(v.passphrase, parameters));
      }, vector);
      assert.equal(made, vector.text);
    }
  });

  it("is read by the second implementation, and reads it", async (visitor) => {
    await visitor.go("/introduce");
    const message = "给二〇六〇年 🎁\n".repeat(100);
    const text = await withModule(visitor, "tc2",
      (/** @type {Tc2} */ tc2, words) => tc2.seal(words, "e\u0301clair \u3000", 2840140800), message);
    assert.deepEqual(await ask({ do: "open", passphrase: "\u00e9clair  ", text }), { message, opens_at: 2840140800 });
    const theirs = await ask({ do: "seal", passphrase: "口令", message, opens_at: 2840140800 });
    assert.equal(await outcome(visitor, theirs.text, "口令"), message);
  });

  it("pads to steps of 1 KiB and takes every length", async (visitor) => {
    await visitor.go("/introduce");
    const texts = await withModule(visitor, "tc2", async (/** @type {Tc2} */ tc2, sizes) => {
      const salt = new Uint8Array(16);
      const keys = await tc2.deriveKeys("x", { salt, rounds: tc2.ROUNDS_MIN });
      return Promise.all(sizes.map(async (size, i) => {
        const iv = new Uint8Array(12).fill(i);
        const message = "\u0000".repeat(size);
        const text = await tc2.encrypt(message, { rounds: tc2.ROUNDS_MIN, opensAt: 0, salt, iv }, keys);
        return { text, same: (await tc2.decrypt(await tc2.parse(text), keys)) === message };
      }));
    }, [0, 1, 1022, 1023, 1024, 2047, 2048, 100000]);
    assert.deepEqual(texts.map(({ text }) => bytesOf(text).ciphertext.length - 16),
      [1024, 1024, 1024, 1024, 2048, 2048, 3072, 100352]);
    assert.ok(texts.every(({ same }) => same));
  });

  it("uses a salt and an iv once", async (visitor) => {
    await visitor.go("/introduce");
    const seals = await withModule(visitor, "tc2",
      (/** @type {Tc2} */ tc2) => Promise.all([tc2.seal("a", "b", 0), tc2.seal("a", "b", 0)]), null);
    const [one, other] = seals.map((text) => bytesOf(text).header);
    assert.notDeepEqual(one?.subarray(12, 28), other?.subarray(12, 28));
    assert.notDeepEqual(one?.subarray(28, 40), other?.subarray(28, 40));
    assert.equal(one?.readUInt32BE(0), 1_000_000);
  });

  it("refuses every flipped bit of header, ciphertext and tag", async (visitor) => {
    await visitor.go("/introduce");
    const flips = await withModule(visitor, "tc2", async (/** @type {Tc2} */ tc2) => {
      const b64 = await import(/** @type {any} */ ("/static/js/seal/bytes.js"));
      const text = await tc2.seal("words for later", "secret", 2840140800);
      const [mark = "", head = "", tail = ""] = text.split(".");
      const header = b64.fromBase64url(head);
      const keys = await tc2.deriveKeys("secret", await tc2.parse(text));
      const count = { tried: 0, opened: 0, other: 0 };

      /** @param {() => Promise<string>} does */
      async function attempt(does) {
        count.tried += 1;
        try {
          await does();
          count.opened += 1;
        } catch (reason) {
          if (!(reason instanceof tc2.SealError)) count.other += 1;
        }
      }
      /** @param {Uint8Array<ArrayBuffer>} bytes @param {number} bit */
      function flipped(bytes, bit) {
        const copy = bytes.slice();
        copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return copy;
      }
      /** @param {Uint8Array} h */
      const withHeader = async (h) => tc2.decrypt(await tc2.parse(`${mark}.${b64.base64url(h)}.${tail}`), keys);

      await attempt(() => withHeader(header));
      for (let bit = 0; bit < header.length * 8; bit++) await attempt(() => withHeader(flipped(header, bit)));
      const whole = await tc2.parse(text);
      for (let bit = 0; bit < whole.ciphertext.length * 8; bit++) {
        await attempt(() => tc2.decrypt({ ...whole, ciphertext: flipped(whole.ciphertext, bit) }, keys));
      }
      // The same in the header with a checksum that is right again, and with the right keys at hand.
      for (let bit = 0; bit < 72 * 8; bit++) {
        const forged = flipped(header, bit);
        forged.set(new Uint8Array(await crypto.subtle.digest("SHA-256", forged.slice(0, 72)), 0, 6), 72);
        await attempt(() => withHeader(forged));
      }
      return count;
    }, null);
    assert.deepEqual(flips, { tried: 1 + (78 + 1040 + 72) * 8, opened: 1, other: 0 });
  });

  it("refuses other rounds, another salt and another time, made on purpose", async (visitor) => {
    await visitor.go("/introduce");
    const { text } = await ask({ do: "seal", passphrase: "secret", message: "hi", opens_at: 2840140800, rounds: 700000 });
    const { text: second } = await ask({ do: "seal", passphrase: "secret", message: "ho", opens_at: 2840140800, rounds: 700000 });
    /** @param {number} rounds */
    const rounds = (rounds) => forge(text, (header) => header.writeUInt32BE(rounds, 0));
    assert.equal(await outcome(visitor, text, "secret"), "hi");
    assert.deepEqual(await outcome(visitor, text, "Secret"), WRONG);
    assert.deepEqual(await outcome(visitor, rounds(1), "secret"), DAMAGED);
    assert.deepEqual(await outcome(visitor, rounds(599999), "secret"), DAMAGED);
    assert.deepEqual(await outcome(visitor, rounds(10000001), "secret"), DAMAGED);
    assert.deepEqual(await outcome(visitor, rounds(600000), "secret"), WRONG);
    const salted = forge(text, (header) => bytesOf(second).header.copy(header, 12, 12, 28));
    assert.deepEqual(await outcome(visitor, salted, "secret"), WRONG);
    const { header, ciphertext } = bytesOf(text);
    header[12] = (header[12] ?? 0) ^ 1; // rot, not malice: the checksum tells it from a wrong passphrase
    const rotten = `TC2.${header.toString("base64url")}.${ciphertext.toString("base64url")}`;
    assert.deepEqual(await outcome(visitor, rotten, "secret"), DAMAGED);
    const earlier = forge(text, (header) => header.writeBigInt64BE(1n, 4));
    assert.deepEqual(await outcome(visitor, earlier, "secret"), DAMAGED);
    const mixed = `${text.slice(0, text.lastIndexOf("."))}${second.slice(second.lastIndexOf("."))}`;
    assert.deepEqual(await outcome(visitor, mixed, "secret"), DAMAGED);
  });

  it("keeps every bound and takes one spelling only", async (visitor) => {
    await visitor.go("/introduce");
    const [{ text, passphrase } = { text: "", passphrase: "" }] = vectors();
    const { header, ciphertext } = bytesOf(text);
    /** @param {Uint8Array} h @param {Uint8Array} c */
    const of = (h, c) => `TC2.${Buffer.from(h).toString("base64url")}.${Buffer.from(c).toString("base64url")}`;
    const bad = [
      "", "TC2", "TC2.", "TC2..", `${text}=`, `${text}\n`, ` ${text}`, `${text}.AAAA`, text.replace("TC2", "tc2"),
      text.replace(".", "."), text.replace(/-/g, "+"), text.slice(0, -1),
      of(header.subarray(0, 77), ciphertext), of(Buffer.concat([header, header.subarray(0, 1)]), ciphertext),
      of(header, ciphertext.subarray(0, 16)), of(header, Buffer.alloc(1024)), of(header, Buffer.alloc(0)),
      of(header, Buffer.alloc(1024 * 800 + 16)),
      forge(text, (h) => h.writeBigInt64BE(-1n, 4)),
      forge(text, (h) => h.writeBigInt64BE(253402300800n, 4)),
      forge(text, (h) => h.writeBigInt64BE(-(2n ** 63n), 4)),
    ].filter((wrong) => wrong !== text);
    for (const wrong of bad) assert.deepEqual(await outcome(visitor, wrong, passphrase), DAMAGED, wrong.slice(0, 150));
    // One block has 1040 bytes, the last character of which carries two stray bits.
    const stray = text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
    assert.deepEqual(await outcome(visitor, stray, passphrase), DAMAGED);
  });

  it("makes the same bytes of a passphrase on every keyboard, and of another one others", async (visitor) => {
    await visitor.go("/introduce");
    const hex = (/** @type {string} */ passphrase) => withModule(visitor, "tc2",
      (/** @type {Tc2} */ tc2, typed) => [...tc2.passphraseBytes(typed)].map((b) => b.toString(16).padStart(2, "0")).join(""), passphrase);
    const utf8 = (/** @type {string} */ text) => Buffer.from(text).toString("hex");
    assert.equal(await hex("e\u0301"), utf8("\u00e9"));
    assert.equal(await hex("密码\u3000一\u00a0二\u2009三"), utf8("密码 一 二 三"));
    for (const kept of [" a ", "Ａ１", "ﬁ", "A", "ß", "\u200b", "\t", "🎁"]) assert.equal(await hex(kept), utf8(kept));
  });
});

suite("the helpers", {}, ({ it }) => {
  it("have MD5 right", async (visitor) => {
    await visitor.go("/introduce");
    const digests = await withModule(visitor, "md5", (/** @type {typeof import("../../static/js/seal/md5.js")} */ { md5 }) =>
      Array.from({ length: 200 }, (_, n) => [...md5(new Uint8Array(n).map((__, i) => (i * 151 + n) & 255))]), null);
    digests.forEach((digest, n) => {
      const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 151 + n) & 255);
      assert.equal(Buffer.from(digest).toString("hex"), createHash("md5").update(bytes).digest("hex"));
    });
  });

  it("draw words without a bias", async (visitor) => {
    await visitor.go("/introduce");
    const list = readFileSync(new URL("../../static/words/english.txt", import.meta.url), "utf8").split("\n").filter(Boolean);
    assert.equal(list.length, 1024);
    assert.equal(new Set(list).size, 1024);
    assert.ok(list.every((word) => /^[a-z]{3,7}$/.test(word)));
    const drawn = await withModule(visitor, "words", (/** @type {typeof import("../../static/js/seal/words.js")} */ words, all) => {
      const made = words.draw(all, words.COUNT);
      // What does not fit a whole number of times into 32 bits is drawn again.
      const numbers = [2 ** 32 - 1, 2 ** 32 - 2, 7];
      const real = crypto.getRandomValues;
      crypto.getRandomValues = (array) => (/** @type {any} */ (array).set([numbers.shift()]), array);
      const seven = words.below(10000);
      const used = 3 - numbers.length;
      crypto.getRandomValues = real;
      return { ...made, seven, used };
    }, list);
    assert.equal(drawn.bits, 70);
    assert.ok(drawn.passphrase.split(" ").every((word) => list.includes(word)));
    assert.equal(drawn.passphrase.split(" ").length, 7);
    assert.deepEqual([drawn.seven, drawn.used], [7, 3]);
  });

  it("judge a passphrase modestly", async (visitor) => {
    await visitor.go("/introduce");
    /** @typedef {typeof import("../../static/js/seal/strength.js")} Strength */
    const levels = (/** @type {string[]} */ list) => withModule(visitor, "strength",
      (/** @type {Strength} */ s, all) => all.map((p) => s.levelOf(s.bitsOf(p))), list);
    const weak = ["", "a", "password", "Password1", "12345678", "aaaaaaaaaaaaaaaaaaaaaaaa", "qwertyuiop2020", "abcdefghijklmnop",
      "我爱你1314", "床前明月光", "iloveyou iloveyou iloveyou", "michael jordan 1984", "supercalifragilistic", "                        "];
    assert.deepEqual(await levels(weak), weak.map(() => "weak"));
    const good = ["poet fox plenty zephyr staff flood clock", "K7#pQ!zR4$wX9@bN2%", "床前明月光疑是地上霜举头望明月"];
    assert.deepEqual(await levels(good), good.map(() => "good"));
    assert.deepEqual(await levels(["correct horse battery staple"]), ["fair"]);
  });
});
