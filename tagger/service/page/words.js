// Tagged sentences as elements, as `tagger tag --format html` writes them (tagger/text/html_words.py): spans around the
// words, other tags under them.

const LABEL_COLORS = 12;
const ALIKE = [
  "PER PERSON VP NORP",
  "LOC LOCATION NP",
  "ORG ORGANIZATION CORPORATION ADJP",
  "MISC PP WORK_OF_ART CREATIVE-WORK",
  "EVENT SBAR",
  "DATE TIME ADVP",
  "PRODUCT PROD PRT",
  "MONEY PERCENT QUANTITY CARDINAL ORDINAL NUM",
  "GPE",
  "FAC FACILITY CONJP",
  "GROUP LAW INTJ",
  "LANGUAGE LST",
];
const LABEL_NUMBERS = new Map(ALIKE.flatMap((labels, number) => labels.split(" ").map((label) => [label, number])));
const LONGEST_GROUP = 8;
// Control characters, directional ones, which would reorder what follows, and halves of surrogate pairs.
const UNSHOWN = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Mandaic}\p{Script=Samaritan}]/u;
const LETTER = /\p{L}/u;
const RUN = -2;
const GROUP = -1;

/** The number of a label's colour; the same as in Python. */
export function labelNumber(label) {
  const known = LABEL_NUMBERS.get(label.toUpperCase());
  return known ?? crc32(label) % LABEL_COLORS;
}

function crc32(text) {
  let sum = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** Text with control characters as `‹U+001B›`. */
export function visible(text) {
  return text.replace(UNSHOWN, (found) => `‹U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}›`);
}

/** An element with a class and content: text or other elements. */
export function element(name, classes, ...content) {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  made.append(...content);
  return made;
}

/**
 * A paragraph of tagged sentences. `shows(task)` tells which tasks are shown, and `remember(element, what)` is told of
 * each word `{token, sentence}` and of each end of a span `{span, task}`.
 */
export function paragraphElement(text, sentences, shows, remember) {
  const paragraph = element("p", "");
  paragraph.dir = "auto";
  let at = 0;
  for (const sentence of sentences) {
    paragraph.append(visible(text.slice(at, sentence.start)));
    paragraph.append(sentenceElement(sentence, shows, remember));
    at = sentence.end;
  }
  paragraph.append(visible(text.slice(at)));
  return paragraph;
}

/** The tasks of a sentence whose tags make spans, and the others. */
export function tasksOf(sentence) {
  const spans = Object.keys(sentence.spans);
  const first = sentence.tokens.map((token) => (token.words ?? [token])[0])[0] ?? {};
  const others = ["text", "start", "end", "score", "top", "words", ...spans];
  return { spans, plain: Object.keys(first).filter((key) => !others.includes(key)) };
}

function sentenceElement(sentence, shows, remember) {
  const tasks = tasksOf(sentence);
  const plain = tasks.plain.filter(shows);
  const { text, start } = sentence;
  const tokens = sentence.tokens.flatMap(cellsOf);
  const inner = (from, to) => text.slice(from - start, to - start);
  const arounds = tasks.spans.filter(shows).flatMap((task, rank) => spansOf(tokens, sentence.spans[task], task, rank, remember));
  if (plain.length) {
    const runs = runsOf(text, tokens.map((token) => inner(token.start, token.end)));
    const bounds = new Set(runs.flatMap((run) => [run.last, run.first - 1]));
    const labelled = new Set(arounds.map((around) => around.last));
    arounds.push(...runs, ...groupsOf(text, start, tokens, labelled, bounds));
  }
  arounds.sort((one, other) => (one.rank === GROUP) - (other.rank === GROUP) || other.last - one.last || one.rank - other.rank);
  const begins = Map.groupBy ? Map.groupBy(arounds, (around) => around.first) : grouped(arounds);
  const writer = new Writer();
  let at = start;
  tokens.forEach((token, number) => {
    writer.add(visible(inner(at, token.start)));
    for (const around of begins.get(number) ?? []) writer.open(around);
    writer.add(tokenElement(inner(token.start, token.end), token, plain, (made, word) => remember(made, { token: word, sentence })));
    writer.close(number);
    at = token.end;
  });
  writer.add(visible(inner(at, sentence.end)));
  const own = direction(text); // a class, because `dir` would hide it from the direction of its paragraph
  if (own) writer.root.classList.add(own);
  return writer.root;
}

/** The words of a token that stand in the text one after the other, such as `do` and `n't`, or else the token alone. */
function cellsOf(token) {
  const stand = token.words?.every((word, number) => !number || word.start >= token.words[number - 1].end);
  return stand ? token.words : [token];
}

function grouped(arounds) {
  const groups = new Map();
  for (const around of arounds) groups.set(around.first, [...(groups.get(around.first) ?? []), around]);
  return groups;
}

function tokenElement(shown, token, plain, remember) {
  if (!token.words) return wordElement(visible(shown), token, plain, remember);
  const words = token.words.map((word) => wordElement(element("i", "", visible(word.text)), word, plain, remember));
  const whole = element("span", "w", visible(shown), element("span", "p", ...words));
  return whole;
}

function wordElement(shown, word, plain, remember) {
  const made = element("span", "w", shown);
  made.tabIndex = -1;
  made.setAttribute("role", "group");
  for (const task of plain) {
    const tag = element("sub", "", visible(word[task]));
    tag.dir = "ltr";
    made.append(tag);
  }
  remember(made, word);
  return made;
}

function spansOf(tokens, spans, task, rank, remember) {
  return spans.map((span) => ({
    first: tokens.findIndex((token) => token.end > span.start),
    last: tokens.findLastIndex((token) => token.start < span.end),
    rank,
    make: () => element("mark", `l${labelNumber(span.label)}`),
    label: () => {
      const label = element("b", "", visible(span.label));
      label.dir = "ltr";
      remember(label, { span, task });
      return label;
    },
  }));
}

/** Elements around words that are written against the direction of the sentence: a word is laid out as a whole. */
function runsOf(text, words) {
  if (!RIGHT_TO_LEFT.test(text)) return [];
  const directions = words.map(direction);
  const base = directions.find(Boolean) ?? "";
  const runs = [];
  directions.forEach((each, number) => {
    if (!each || each === base) return;
    const before = runs.at(-1);
    if (before && !directions.slice(before.last, number).includes(base)) {
      before.last = number;
      return;
    }
    runs.push({ first: number, last: number, rank: RUN, make: () => element("span", each) });
  });
  return runs;
}

function direction(text) {
  for (const character of text) {
    if (RIGHT_TO_LEFT.test(character)) return "rtl";
    if (LETTER.test(character)) return "ltr";
  }
  return "";
}

/** Elements around words between which no line may break, and around those that a label follows. */
function groupsOf(text, start, tokens, labelled, bounds) {
  const groups = [];
  let first = 0;
  tokens.forEach((token, number) => {
    const following = tokens[number + 1]?.start;
    const mayGoOn = !bounds.has(number) && number - first + 1 < LONGEST_GROUP;
    if (token.end === following && mayGoOn && staysTogether(text, following - start)) return;
    if (number > first || labelled.has(number)) {
      groups.push({ first, last: number, rank: GROUP, make: () => element("span", "g") });
    }
    first = number + 1;
  });
  return groups;
}

function staysTogether(text, at) {
  const before = text[at - 1];
  const after = text[at];
  if (!/[\p{L}\p{N}\ud800-\udfff]/u.test(after)) return !/[\p{Ps}\p{Pi}]/u.test(after);
  if (!/[\p{L}\p{N}\ud800-\udfff]/u.test(before)) return /[\p{Ps}\p{Pi}'"’]/u.test(before);
  return before < "\u0e00" && after < "\u0e00";
}

/** Makes elements that may overlap: where one ends inside another, the one that goes on is cut in parts. */
class Writer {
  constructor() {
    this.root = element("span", "s");
    this.opened = [];
  }

  get inside() {
    return this.opened.at(-1)?.made ?? this.root;
  }

  add(content) {
    if (content) this.inside.append(content);
  }

  open(around) {
    const cut = [];
    while (around.rank === GROUP && this.opened.length && this.endsIn(this.opened.at(-1).around, around)) cut.push(this.cut());
    this.begin(around, false);
    for (const each of cut.reverse()) this.begin(each.around, each.again);
  }

  close(number) {
    let left = this.opened.filter((each) => each.around.last === number).length;
    const cut = [];
    while (left) {
      if (this.opened.at(-1).around.last === number) {
        const { around, made } = this.opened.pop();
        if (around.label) made.append(around.label());
        left -= 1;
      } else {
        cut.push(this.cut());
      }
    }
    for (const each of cut.reverse()) this.begin(each.around, each.again);
  }

  endsIn(around, group) {
    return around.rank >= 0 && around.last <= group.last;
  }

  begin(around, again) {
    const made = around.make();
    if (again) made.classList.add("k");
    this.inside.append(made);
    this.opened.push({ around, made, again });
  }

  cut() {
    const { around, made, again } = this.opened.pop();
    if (!made.hasChildNodes()) {
      made.remove();
      return { around, again };
    }
    made.classList.add("x");
    return { around, again: true };
  }
}
