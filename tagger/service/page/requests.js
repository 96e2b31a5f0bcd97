// What is asked of the server: its models, and paragraphs to tag, some at a time, again where it is busy or away.

const CHARACTERS_AT_ONCE = 6000;
const TEXTS_AT_ONCE = 100;
const LONGEST_PARAGRAPH = 3000;
const LONGEST_WAIT = 15;
const MOST_REMEMBERED = 2_000_000; // characters of tagged paragraphs
const PARAGRAPH_END = /(?:\r\n|\r(?!\n)|[\n\x85\u2028])[^\S\r\n\x85\u2028]*[\r\n\x85\u2028]\s*|\u2029\s*/g;
const SENTENCE_END = /[.!?。！？।؟۔]["'”’)\]]*\s|\n|[。！？]/g;

/** An answer that says what is wrong. */
export class Refused extends Error {
  constructor(status, message, wait) {
    super(message);
    this.status = status;
    this.wait = wait;
  }
}

/** The paragraphs of a text, without the blank lines between them; long ones are cut at the end of a sentence. */
export function paragraphsOf(text) {
  const found = [];
  let at = 0;
  for (const end of text.matchAll(PARAGRAPH_END)) {
    found.push(text.slice(at, end.index));
    at = end.index + end[0].length;
  }
  found.push(text.slice(at));
  return found.flatMap(cut).filter((paragraph) => paragraph.trim());
}

function cut(paragraph) {
  const pieces = [];
  while (paragraph.length > LONGEST_PARAGRAPH) {
    const head = paragraph.slice(0, LONGEST_PARAGRAPH);
    const end = [...head.matchAll(SENTENCE_END)].at(-1);
    let at = end ? end.index + end[0].length : head.search(/\s\S*$/) + 1 || LONGEST_PARAGRAPH;
    if (/[\ud800-\udbff]/.test(paragraph[at - 1])) at -= 1; // not inside a character of two UTF-16 units
    pieces.push(paragraph.slice(0, at));
    paragraph = paragraph.slice(at);
  }
  return [...pieces, paragraph];
}

/** Asks the server for something. Raises Refused for an answer that is an error, and TypeError where none came. */
async function ask(address, options) {
  const answer = await fetch(address, { credentials: "same-origin", ...options });
  if (answer.ok) return answer;
  let message = `The server answered ${answer.status}.`;
  try {
    message = (await answer.json()).error.message;
  } catch {
    // Something between here and the server may have answered in its own way.
  }
  throw new Refused(answer.status, message, Number(answer.headers.get("Retry-After")) || 0);
}

/** The models of the server: `{default, models}`. */
export async function models(signal) {
  return (await ask("/v1/models", { signal })).json();
}

/** The whole text tagged, as one answer in a format. */
export async function whole(text, model, accept) {
  const answer = await post({ text, model, scores: true, top: 3 }, accept);
  return accept === "application/json" ? JSON.stringify((await answer.json()).sentences, null, 1) : answer.text();
}

function post(content, accept, signal) {
  const headers = { "Content-Type": "application/json", Accept: accept };
  return ask("/v1/tag", { method: "POST", headers, body: JSON.stringify(content), signal });
}

/** Does something until it is done: again after a while where the server is busy or away, which `say` is told. */
export async function persistently(action, signal, say) {
  for (let tries = 0; ; tries++) {
    try {
      const done = await action();
      say("");
      return done;
    } catch (error) {
      const passes = error instanceof TypeError || [408, 429, 502, 503, 504].includes(error.status);
      if (signal.aborted || !passes) throw error;
      const seconds = error.wait || Math.min(LONGEST_WAIT, 2 ** tries);
      const cause = error.status === 429 ? "The server is busy" : "The server does not answer";
      if (tries || error.status !== 429) say(`${cause}. Your text is kept; trying again.`);
      await pause(1000 * seconds, signal);
    }
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Tags paragraphs, and remembers them: of a text that changes, only what is new is sent. */
export class Paragraphs {
  constructor() {
    this.known = new Map();
    this.size = 0;
  }

  /** The sentences of a paragraph, if they are known. Offsets count UTF-16 units, as strings here do. */
  get(model, paragraph) {
    return this.known.get(`${model}\n${paragraph}`);
  }

  /** Tags those of some paragraphs that are not known; `done` is called after each request. */
  async tag(model, paragraphs, signal, say, done) {
    const missing = [...new Set(paragraphs)].filter((paragraph) => !this.get(model, paragraph));
    while (missing.length) {
      const texts = [missing.shift()];
      let size = texts[0].length;
      while (missing.length && texts.length < TEXTS_AT_ONCE && size + missing[0].length <= CHARACTERS_AT_ONCE) {
        size += missing[0].length;
        texts.push(missing.shift());
      }
      const content = { texts, model, scores: true, top: 3, offsets: "utf-16" };
      const answer = await persistently(async () => (await post(content, "application/json", signal)).json(), signal, say);
      texts.forEach((text, number) => this.keep(model, text, answer.texts[number].sentences));
      await done(new Set(texts));
    }
  }

  keep(model, paragraph, sentences) {
    this.known.set(`${model}\n${paragraph}`, sentences);
    this.size += paragraph.length;
    for (const [key] of this.known) {
      if (this.size <= MOST_REMEMBERED) break;
      this.known.delete(key);
      this.size -= key.length - key.indexOf("\n") - 1;
    }
  }
}
