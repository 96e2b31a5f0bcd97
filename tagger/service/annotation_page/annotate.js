// The annotation page: one excerpt at a time, whose tags are corrected by keys or by pointer.

import { element, labelNumber, visible } from "/page/words.js";

const KEYS = "123456789abcdefghijklmnopqrstuvwxyz0"; // of labels; commands have other keys
const UNSURE = 0.8; // probability below which a word is marked

const $ = (name) => document.getElementById(name);
let project = null;
let task = null; // the one that is corrected: {name, spans, labels}
let shown = null; // the excerpt: {excerpt, words, tags, predicted, scores, answer}
let history = []; // the tags before each change of the excerpt
let given = []; // what was answered in this session: {excerpt, tags, history}
let anchor = 0; // the word where the selection began
let cursor = 0; // the word where it ends
let busy = false; // while an answer is on its way

// The server

class Refused extends Error {}

async function ask(address, content) {
  const sent = content && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...sent });
  } catch {
    throw new Refused("The server does not answer. Nothing is lost: start it again, then repeat the last key.");
  }
  if (answer.ok) return answer.json();
  let message = `The server answered ${answer.status}.`;
  try {
    message = (await answer.json()).error.message;
  } catch {
    // Something between here and the server may have answered in its own way.
  }
  throw new Refused(message);
}

/** Does one thing at a time, and says what went wrong. */
async function alone(action) {
  if (busy) return;
  busy = true;
  try {
    await action();
    trouble("");
  } catch (error) {
    trouble(error instanceof Refused ? error.message : "Something went wrong here. Reload the page to go on.");
    if (!(error instanceof Refused)) throw error;
  } finally {
    busy = false;
  }
}

function trouble(message) {
  $("trouble").textContent = message;
  $("trouble").hidden = !message;
}

// Answers

async function answer(kind) {
  await alone(async () => {
    const tags = kind === "accept" ? shown.tags : {};
    const { answered, next } = await ask("/v1/answers", { annotator: project.annotator, excerpt: shown.excerpt, answer: kind, tags });
    given.push({ excerpt: shown.excerpt, tags: shown.tags, history });
    count(answered);
    await open(next ?? shown.excerpt);
    if (next === null) $("status").textContent = "All are answered. You can close the page.";
  });
}

/** Takes back the last change or, before the first one, the last answer, whose excerpt is shown again. */
async function undo() {
  if (history.length) {
    shown.tags = history.pop();
    draw();
    return;
  }
  const last = given.at(-1);
  if (!last) return;
  await alone(async () => {
    const { answered } = await ask("/v1/answers", { annotator: project.annotator, excerpt: last.excerpt, answer: "undo" });
    given.pop();
    count(answered);
    await open(last.excerpt);
    shown.tags = last.tags;
    history = last.history;
    draw();
  });
}

function count(answered) {
  $("progress").max = project.count;
  $("progress").value = answered;
  $("who").textContent = `${project.annotator}: ${answered.toLocaleString("en")} of ${project.count.toLocaleString("en")}`;
}

async function open(number) {
  const next = await ask(`/v1/excerpts/${number}`);
  shown = next;
  history = [];
  anchor = cursor = 0;
  draw();
}

async function step(by) {
  const number = shown.excerpt + by;
  if (number >= 0 && number < project.count) await alone(() => open(number));
}

// Tags

function tags() {
  return shown.tags[task.name];
}

/** Changes the tags of the task; what was before can be had back. */
function change(make) {
  const changed = [...tags()];
  make(changed);
  if (changed.every((tag, place) => tag === tags()[place])) return;
  history.push(shown.tags);
  shown.tags = { ...shown.tags, [task.name]: changed };
  draw();
}

/** The spans of tags in IOB2: {label, first, last}. */
function spansOf(column) {
  const found = [];
  column.forEach((tag, place) => {
    if (tag.startsWith("B-")) found.push({ label: tag.slice(2), first: place, last: place });
    else if (tag.startsWith("I-")) found.at(-1).last = place;
  });
  return found;
}

/** The selected words: the whole span where a single word of it is selected. */
function selection() {
  const [first, last] = [Math.min(anchor, cursor), Math.max(anchor, cursor)];
  const around = task.spans && first === last && spansOf(tags()).find((span) => span.first <= first && first <= span.last);
  return around ? [around.first, around.last] : [first, last];
}

function removeSpans(column, first, last) {
  for (const span of spansOf(column)) {
    if (span.first <= last && span.last >= first) column.fill("O", span.first, span.last + 1);
  }
}

function label(name) {
  const [first, last] = selection();
  change((column) => {
    if (!task.spans) return column.fill(name, first, last + 1);
    removeSpans(column, first, last);
    column.fill(`I-${name}`, first, last + 1);
    column[first] = `B-${name}`;
  });
}

/** Removes the spans of the selected words; a plain tag becomes the model's again. */
function clear() {
  const [first, last] = selection();
  change((column) => {
    if (task.spans) return removeSpans(column, first, last);
    for (let place = first; place <= last; place++) column[place] = shown.predicted[task.name][place];
  });
}

// Showing

function draw() {
  const { words } = shown;
  const spanTask = task.spans ? task : project.tasks.find((each) => each.spans);
  const spans = spanTask ? spansOf(shown.tags[spanTask.name]) : [];
  const [first, last] = [Math.min(anchor, cursor), Math.max(anchor, cursor)];
  const root = $("excerpt");
  root.replaceChildren();
  root.classList.toggle("flat", task.spans);
  let inside = root;
  words.forEach((word, place) => {
    const begun = spans.find((span) => span.first === place);
    if (begun) root.append((inside = element("mark", `l${labelNumber(begun.label)}`)));
    const made = element("span", "w", visible(word.text));
    made.dataset.place = place;
    made.classList.toggle("on", first <= place && place <= last);
    made.classList.toggle("unsure", shown.scores[task.name][place] < UNSURE);
    if (!task.spans) {
      const tag = element("sub", "", visible(tags()[place]));
      tag.classList.toggle("changed", tags()[place] !== shown.predicted[task.name][place]);
      made.append(tag);
    }
    inside.append(made);
    const ended = spans.find((span) => span.last === place);
    if (ended) {
      inside.append(element("b", "", visible(ended.label)));
      inside = root;
    }
    inside.append(visible(word.after));
  });
  const answered = { accept: ", accepted", skip: ", left out" }[shown.answer] ?? "";
  $("place").textContent = `${shown.excerpt + 1} of ${project.count}${answered}`;
  $("place").title = `${shown.file}, character ${shown.start}`;
  $("status").textContent = `${words[cursor].text}: ${tags()[cursor]}`;
  $("undo").disabled = !history.length && !given.length;
}

function choose(name) {
  task = project.tasks.find((each) => each.name === name);
  const buttons = task.labels.map((each, number) => {
    const made = element("button", task.spans ? `l${labelNumber(each)}` : "", visible(each));
    made.type = "button";
    if (KEYS[number]) made.append(" ", element("kbd", "", KEYS[number]));
    made.addEventListener("click", () => {
      label(each);
      $("excerpt").focus(); // so that the next key is not the button's
    });
    return made;
  });
  $("labels").replaceChildren(...buttons);
  $("labels").className = "tagged";
  for (const box of $("tasks").querySelectorAll("input")) box.checked = box.value === name;
  if (shown) draw();
}

function nextTask() {
  const number = project.tasks.indexOf(task);
  choose(project.tasks[(number + 1) % project.tasks.length].name);
}

// Keys and pointer

function move(by, extends_) {
  cursor = Math.max(0, Math.min(shown.words.length - 1, cursor + by));
  if (!extends_) anchor = cursor;
  draw();
  $("excerpt").querySelector(`[data-place="${cursor}"]`).scrollIntoView({ block: "nearest" });
}

const COMMANDS = {
  ArrowUp: () => step(-1),
  ArrowDown: () => step(1),
  Home: (event) => move(-shown.words.length, event.shiftKey),
  End: (event) => move(shown.words.length, event.shiftKey),
  Delete: clear,
  Backspace: clear,
  Enter: () => answer("accept"),
  ".": () => answer("skip"),
  ",": nextTask,
};

document.addEventListener("keydown", (event) => {
  if (!shown || event.altKey || event.metaKey || event.target.matches("select, input")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  let action = COMMANDS[key];
  if (event.ctrlKey) action = key === "z" ? undo : null;
  else if (key === "ArrowLeft" || key === "ArrowRight") {
    const forward = (key === "ArrowRight") === (getComputedStyle($("excerpt")).direction === "ltr");
    action = () => move(forward ? 1 : -1, event.shiftKey);
  } else if (!action && !event.shiftKey && key.length === 1 && KEYS.includes(key)) {
    const name = task.labels[KEYS.indexOf(key)];
    action = name && (() => label(name));
  }
  if (!action || (key === "Enter" && event.target.matches("button, a"))) return;
  event.preventDefault();
  if (!busy && !(event.repeat && (key === "Enter" || key === "."))) action(event);
});

$("excerpt").addEventListener("pointerdown", (event) => {
  const word = event.target.closest(".w");
  if (!word) return;
  cursor = Number(word.dataset.place);
  if (!event.shiftKey) anchor = cursor;
  draw();
});
$("excerpt").addEventListener("pointerover", (event) => {
  const word = event.target.closest(".w");
  if (!word || !(event.buttons & 1)) return;
  cursor = Number(word.dataset.place);
  draw();
});

const BUTTONS = { back: () => step(-1), forth: () => step(1), undo, clear, skip: () => answer("skip"), accept: () => answer("accept") };
for (const [name, action] of Object.entries(BUTTONS)) {
  $(name).addEventListener("click", () => {
    if (shown && !busy) action();
    $("excerpt").focus();
  });
}

await alone(async () => {
  project = await ask("/v1/project");
  document.title = `${project.annotator} · tagger annotate`;
  for (const each of project.tasks) {
    const box = element("input", "");
    Object.assign(box, { type: "radio", name: "task", value: each.name });
    box.addEventListener("change", () => {
      choose(each.name);
      $("excerpt").focus();
    });
    $("tasks").append(element("label", "", box, ` ${each.name}`));
  }
  $("tasks").hidden = project.tasks.length < 2;
  count(project.answered);
  choose(project.tasks[0].name);
  await open(project.next ?? 0);
  $("excerpt").focus();
});
