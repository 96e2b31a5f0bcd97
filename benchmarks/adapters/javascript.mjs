// winkNLP or compromise, asked by adapters/javascript.py with a line of JSON at a time:
//     node javascript.mjs wink|compromise FOLDER            answers lines of JSON
//     node javascript.mjs wink|compromise FOLDER FILE       tags the text of a file, prints it, and ends
// FOLDER has node_modules. All times are taken here, without those of the pipe.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [system, folder, file] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));

function wink() {
  const nlp = require("wink-nlp")(require("wink-eng-lite-web-model"));
  const its = nlp.its;
  return {
    count(text) {
      // Reading a document tags it; tokens of white space are no words.
      let words = 0;
      nlp.readDoc(text).tokens().each((token) => (words += token.out(its.pos) !== "SPACE"));
      return words;
    },
    read(text) {
      const sentences = [];
      nlp.readDoc(text).sentences().each((sentence) => {
        const tokens = [];
        sentence.tokens().each((token) => {
          // Two dots between words give a token without any text.
          const [form, tag] = [token.out(its.value), token.out(its.pos)];
          if (tag !== "SPACE" && form) tokens.push([[form, tag]]);
        });
        sentences.push({ tokens, names: [] });
      });
      return sentences;
    },
  };
}

// The first tag that a term has decides.
const UPOS = Object.entries({
  Negative: "PART", Copula: "AUX", Auxiliary: "AUX", Modal: "AUX", Pronoun: "PRON", Ordinal: "ADJ", Value: "NUM",
  Month: "PROPN", WeekDay: "PROPN", ProperNoun: "PROPN", Person: "PROPN", Place: "PROPN", Organization: "PROPN",
  Acronym: "PROPN", Noun: "NOUN", Verb: "VERB", Adjective: "ADJ", Adverb: "ADV", Determiner: "DET",
  Preposition: "ADP", Conjunction: "CCONJ", QuestionWord: "PRON", Expression: "INTJ", Url: "X", Email: "X",
  HashTag: "X", AtMention: "PROPN", Emoji: "SYM", Emoticon: "SYM",
});
const CLITIC = /^(.+?)(n['’]t|['’](?:s|m|d|re|ve|ll|S)|['’])$/;
const JOINED = { gonna: 3, wanna: 3, gotta: 3, cannot: 3 };

function compromise() {
  const nlp = require("compromise");
  const upos = (tags) => (UPOS.find(([tag]) => tags.has(tag)) ?? ["", "X"])[1];

  const entities = (doc) => [
    ["Person", doc.people()], ["Place", doc.places()], ["Organization", doc.organizations()],
  ];

  // Marks before and after a term are no terms; here each run of one mark is a token.
  const marks = (text) => (text.match(/(\S)\1*/gu) ?? []).map((mark) => [[mark, "PUNCT"]]);

  // What is written together but two words, such as don't, has a second term without a text of its own.
  function words(text, terms) {
    const [first, second] = terms.map((term) => upos(term.tags));
    const clitic = CLITIC.exec(text);
    if (clitic) return [[clitic[1], first], [clitic[2], second ?? "PART"]];
    const cut = JOINED[text.toLowerCase()];
    return cut ? [[text.slice(0, cut), first], [text.slice(cut), second ?? "VERB"]] : [[text, first]];
  }

  function sentence(terms) {
    const tokens = [];
    const words_of = new Map(); // of a term's id: its first word and the one after the last
    let number = 0;
    const add = (token) => (tokens.push(token), (number += token.length));
    for (let at = 0; at < terms.length; at++) {
      const group = [terms[at]];
      while (at + 1 < terms.length && !terms[at + 1].text && terms[at + 1].implicit) group.push(terms[++at]);
      const term = group[0];
      marks(term.pre).forEach(add);
      // A dot after an abbreviation is its own; brackets and dots after an acronym are not.
      let [, text, after] = /^(.*?)([)\]}”’"]+\.*|\.{2,})?$/u.exec(term.text);
      after = (after ?? "") + group.at(-1).post + (group.length > 1 ? term.post : "");
      if (term.tags.has("Abbreviation") && !text.endsWith(".") && after.startsWith(".")) {
        [text, after] = [text + ".", after.slice(1)];
      }
      if (text) {
        const first = number;
        add(words(text, group));
        group.forEach((each) => words_of.set(each.id, [first, number]));
      }
      marks(after).forEach(add);
    }
    return { tokens, words_of };
  }

  return {
    count(text) {
      const doc = nlp(text);
      entities(doc);
      return doc.wordCount();
    },
    read(text) {
      const doc = nlp(text);
      const sentences = doc.document.map(sentence);
      const names = doc.document.map(() => []);
      for (const [label, found] of entities(doc)) {
        for (const [number, first, after] of found.fullPointer) {
          const { words_of } = sentences[number];
          const terms = doc.document[number].slice(first, after).filter((term) => words_of.has(term.id));
          if (terms.length) names[number].push([label, words_of.get(terms[0].id)[0], words_of.get(terms.at(-1).id)[1]]);
        }
      }
      return sentences.map(({ tokens }, number) => ({ tokens, names: names[number] }));
    },
  };
}

const chosen = { wink, compromise }[system]();
const seconds = (started) => Number(process.hrtime.bigint() - started) / 1e9;
const line = (text) => chosen.read(text).flatMap(({ tokens }) => tokens.flat()).map((word) => word.join("/")).join(" ");

const answers = {
  read: (texts) => texts.map(chosen.read),
  count: (texts) => texts.reduce((sum, text) => sum + chosen.count(text), 0),
  each: (texts) =>
    texts.map((text) => {
      const started = process.hrtime.bigint();
      line(text);
      return seconds(started);
    }),
  memory: () => process.resourceUsage().maxRSS * 1024,
};

if (file) {
  console.log(line(readFileSync(file, "utf8")));
} else {
  for await (const asked of createInterface({ input: process.stdin })) {
    const [what, texts] = JSON.parse(asked);
    process.stdout.write(JSON.stringify(answers[what](texts)) + "\n");
  }
}
