// The page: what is typed is tagged, shown, and copied.

import { Paragraphs, Refused, models, paragraphsOf, persistently, whole } from "/page/requests.js";
import { element, labelNumber, paragraphElement, tasksOf, visible } from "/page/words.js";

const TYPING = 180; // milliseconds without a key after which text is tagged
const AT_ONCE = 12; // milliseconds of work after which the browser may paint
const ROWS = 300; // of the table, at first and then each time
const LONG_LINK = 8000; // characters from which on programs may cut a link
const EXAMPLES = {
  Letter:
    "Dear Amara,\n\nI flew from Lagos to Geneva on Tuesday to meet Dr. Chen of the World Health Organization. " +
    "She hadn't slept, but she was as kind as ever.\n\nYours, Tom",
  News:
    "Marie Curie was born in Warsaw in 1867. She moved to Paris, where she shared the Nobel Prize in Physics with her " +
    "husband Pierre and Henri Becquerel.\nThe Swedish Academy announced it in Stockholm.",
  Short: "Time flies like an arrow; fruit flies like a banana.",
  Mixed: "דוד קרא את New York Times בתל אביב.\n\nزار أحمد London Bridge أمس.\n\nZoë 👩‍🚀 loves 東京 & <b>Rome</b>.",
};

const $ = (name) => document.getElementById(name);
const text = $("text");
const result = $("tagged");
const paragraphs = new Paragraphs();
const told = new WeakMap(); // what is told of a word or of the end of a span
let hidden = new Set(); // tasks that are not shown
let running = new AbortController();
let units = []; // of the text: {text, made, isTagged}
let current = null; // the word that the Tab key reaches
let timer = 0;

// Tagging

function model() {
  return $("model").value;
}

function changed() {
  clearTimeout(timer);
  running.abort(); // an answer to an older text is not waited for
  say("");
  timer = setTimeout(update, TYPING);
}

async function update() {
  clearTimeout(timer);
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const found = paragraphsOf(text.value);
  arrange(found);
  say("");
  try {
    if (!model()) await loadModels(signal);
    await show(signal);
    $("progress").hidden = false;
    $("progress").removeAttribute("value");
    const name = model();
    let done = 0;
    await paragraphs.tag(name, found, signal, trouble, async (texts) => {
      done += texts.size;
      if (signal.aborted) return;
      $("progress").max = found.length;
      $("progress").value = Math.min(done, found.length);
      await show(signal);
    });
    if (signal.aborted) return;
    $("progress").hidden = true;
    trouble("");
    count(found, name);
    if (!$("table").hidden) showTable();
  } catch (error) {
    if (signal.aborted) return;
    $("progress").hidden = true;
    trouble(error instanceof Refused ? error.message : "Something went wrong here. Reload the page to go on; your text is kept in it.");
    if (!(error instanceof Refused)) throw error;
  }
}

function count(found, name) {
  let words = 0;
  let spans = 0;
  for (const paragraph of found) {
    for (const sentence of paragraphs.get(name, paragraph) ?? []) {
      words += sentence.tokens.length;
      for (const task of tasksOf(sentence).spans) spans += hidden.has(task) ? 0 : sentence.spans[task].length;
    }
  }
  const number = (value, one, more) => `${value.toLocaleString("en")} ${value === 1 ? one : more}`;
  say(found.length ? `${number(words, "word", "words")}, ${number(spans, "span", "spans")}` : "");
}

function say(message) {
  $("status").textContent = message;
}

function trouble(message) {
  if ($("trouble").textContent !== message) $("trouble").textContent = message;
  $("trouble").hidden = !message;
}

// Showing

/** Gives each paragraph of the text its place; what is as before stays, and what changed is shown until it is tagged. */
function arrange(found) {
  let same = 0;
  while (same < found.length && same < units.length && units[same].text === found[same]) same++;
  let last = 0;
  while (last < Math.min(found.length, units.length) - same && units.at(-1 - last).text === found.at(-1 - last)) last++;
  const old = units.slice(same, units.length - last);
  const made = found.slice(same, found.length - last).map((paragraph, number) => {
    if (old[number]) return { text: paragraph, made: old[number].made, isTagged: false };
    const plain = element("p", "waiting", visible(paragraph));
    plain.dir = "auto";
    return { text: paragraph, made: plain, isTagged: false };
  });
  for (const each of old.slice(made.length)) each.made.remove();
  const following = last ? units.at(-last).made : null;
  for (const each of made.slice(old.length)) result.insertBefore(each.made, following);
  units = [...units.slice(0, same), ...made, ...units.slice(units.length - last)];
  $("keys").hidden = !units.length;
}

/** Shows the paragraphs whose sentences are known; long texts in parts, between which the browser paints. */
async function show(signal) {
  let start = performance.now();
  const name = model();
  for (const unit of units) {
    const sentences = unit.isTagged ? null : paragraphs.get(name, unit.text);
    if (!sentences) continue;
    const made = paragraphElement(unit.text, sentences, (task) => !hidden.has(task), remember);
    unit.made.replaceWith(made);
    unit.made = made;
    unit.isTagged = true;
    if (performance.now() - start > AT_ONCE) {
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      start = performance.now();
    }
  }
  if (!current?.isConnected) reach(result.querySelector(".w[role]"));
}

function remember(made, what) {
  told.set(made, what);
}

async function showAgain() {
  for (const unit of units) unit.isTagged = false;
  const flat = [...shownTasks()].every((box) => !box.dataset.plain);
  result.classList.toggle("flat", flat);
  await update();
}

function shownTasks() {
  return $("tasks").querySelectorAll("input:checked");
}

// The table

function allSentences() {
  return units.flatMap((unit) => paragraphs.get(model(), unit.text) ?? []);
}

function showTable() {
  const tasks = [...shownTasks()].map((box) => box.value);
  const head = element("tr", "", ...["Word", ...tasks.flatMap((task) => [task, "score"])].map(headCell));
  const body = element("tbody", "");
  const rows = rowsOf(allSentences(), tasks);
  const more = element("button", "more", "Show more");
  more.type = "button";
  const add = () => {
    for (let made = 0; made < ROWS; made++) {
      const { value, done } = rows.next();
      if (done) {
        more.remove();
        return;
      }
      body.append(value);
    }
  };
  more.addEventListener("click", add);
  const table = element("table", "", element("thead", "", head), body);
  $("table").replaceChildren(table, more);
  add();
}

function headCell(name) {
  const cell = element("th", "", name);
  cell.scope = "col";
  return cell;
}

function* rowsOf(sentences, tasks) {
  for (const sentence of sentences) {
    let begins = "begins";
    for (const token of sentence.tokens) {
      for (const word of token.words ?? [token]) {
        const name = element("th", "", element("bdi", "", visible(word.text)));
        name.scope = "row";
        const cells = tasks.flatMap((task) => [tagCell(word, task), element("td", "number", percent(word.score?.[task]))]);
        const row = element("tr", begins, name, ...cells);
        begins = "";
        yield row;
      }
    }
  }
}

function tagCell(word, task) {
  const tag = word[task] ?? "";
  const cell = element("td", "");
  const label = /^[BI]-(.+)/.exec(tag)?.[1];
  if (label) cell.append(element("span", `tag l${labelNumber(label)}`, visible(tag)));
  else cell.append(visible(tag));
  return cell;
}

function percent(probability) {
  if (probability === undefined) return "";
  const shown = (100 * probability).toFixed(1);
  return `${shown === "100.0" || shown === "0.0" ? Math.round(shown) : shown} %`;
}

// Details of a word

function detailsOf(what) {
  if (what.span) {
    const { label, text: marked, score } = what.span;
    return [element("p", "word", visible(marked)), rowOf(what.task, [[label, score]])];
  }
  const tasks = [...shownTasks()].map((box) => box.value).filter((task) => what.token[task] !== undefined);
  return [
    element("p", "word", visible(what.token.text)),
    ...tasks.map((task) => rowOf(task, what.token.top?.[task] ?? [[what.token[task], what.token.score?.[task]]])),
  ];
}

function rowOf(task, tags) {
  const list = element("ul", "");
  for (const [tag, probability] of tags) {
    const bar = element("span", "bar");
    bar.style.setProperty("--share", `${Math.round(100 * (probability ?? 0))}%`);
    list.append(element("li", "", element("span", "name", visible(tag)), bar, element("span", "number", percent(probability))));
  }
  return element("div", "task", element("p", "", task), list);
}

function tell(target) {
  const details = $("details");
  const what = target && told.get(target);
  if (!what) return untell();
  document.querySelector("[aria-describedby=details]")?.removeAttribute("aria-describedby");
  target.setAttribute("aria-describedby", "details");
  details.replaceChildren(...detailsOf(what));
  details.hidden = false;
  const place = target.getBoundingClientRect();
  const own = details.getBoundingClientRect();
  const width = document.documentElement.clientWidth;
  const left = Math.max(8, Math.min(place.left + place.width / 2 - own.width / 2, width - own.width - 8));
  const below = place.bottom + 6;
  const top = below + own.height > innerHeight ? Math.max(8, place.top - own.height - 6) : below;
  details.style.left = `${left}px`;
  details.style.top = `${top}px`;
}

function untell() {
  $("details").hidden = true;
  document.querySelector("[aria-describedby=details]")?.removeAttribute("aria-describedby");
}

/** Makes a word the one that the Tab key reaches. */
function reach(word) {
  if (current) current.tabIndex = -1;
  current = word;
  if (word) word.tabIndex = 0;
}

function told_of(target) {
  for (let each = target; each && each !== result; each = each.parentElement) if (told.has(each)) return each;
  return null;
}

function go(event) {
  const words = [...result.querySelectorAll(".w[role]")];
  const at = words.indexOf(document.activeElement);
  if (at < 0) return;
  const forward = getComputedStyle(words[at]).direction === "rtl" ? -1 : 1;
  const steps = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: lineStep(words, at, 1), ArrowUp: lineStep(words, at, -1) };
  const to = { Home: 0, End: words.length - 1 }[event.key] ?? at + (steps[event.key] ?? NaN);
  if (event.key === "Escape") untell();
  if (!words[to]) return;
  event.preventDefault();
  words[to].focus();
}

/** How many words it is to the nearest one of the next line, or of the one before. */
function lineStep(words, at, step) {
  const place = words[at].getBoundingClientRect();
  let best = NaN;
  let least = Infinity;
  let line = null;
  for (let to = at + step; words[to]; to += step) {
    const other = words[to].getBoundingClientRect();
    if (Math.abs(other.top - place.top) < place.height / 2) continue;
    line ??= other.top;
    if (Math.abs(other.top - line) > place.height / 2) break;
    const distance = Math.abs(other.left - place.left);
    if (distance < least) [least, best] = [distance, to - at];
  }
  return best;
}

// Copying

async function copy(button, make, note = "") {
  const name = button.dataset.name ?? button.textContent;
  button.dataset.name = name;
  const content = make();
  const report = (message) => {
    button.textContent = message;
    setTimeout(() => (button.textContent = name), 2000);
  };
  try {
    if (navigator.clipboard?.write && window.ClipboardItem) {
      const item = new ClipboardItem({ "text/plain": content.then((made) => new Blob([made], { type: "text/plain" })) });
      await navigator.clipboard.write([item]);
    } else {
      copyBySelection(await content); // without https there is no other clipboard
    }
    report("Copied");
    say(note || "Copied.");
  } catch (error) {
    const cause = await content.then(() => "The browser does not let the page copy. Try again, or allow it.", (refused) => refused.message);
    report("Not copied");
    trouble(cause);
  }
}

function copyBySelection(content) {
  const area = element("textarea", "unseen");
  area.value = content;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("not copied");
}

function link() {
  const address = new URL(location.href);
  address.hash = `text=${encodeURIComponent(text.value)}`;
  if ($("model").options.length > 1) address.hash += `&model=${encodeURIComponent(model())}`;
  history.replaceState(null, "", address);
  return address.href;
}

/** What a link holds behind `#`, which stays in the browser. */
function linked() {
  const held = new Map();
  for (const part of location.hash.slice(1).split("&")) {
    const [name, value = ""] = part.split("=");
    try {
      held.set(name, decodeURIComponent(value));
    } catch {
      // A link that was cut inside of a character has no such part.
    }
  }
  return held;
}

// Choosing

async function loadModels(signal) {
  const found = await persistently(() => models(signal), signal, trouble);
  const chosen = linked().get("model");
  const select = $("model");
  select.replaceChildren(...found.models.map((each) => new Option(each.name, each.name)));
  select.value = found.models.some((each) => each.name === chosen) ? chosen : found.default;
  select.disabled = found.models.length < 2;
  const byName = new Map(found.models.map((each) => [each.name, each]));
  select.addEventListener("change", () => choose(byName.get(model())).then(showAgain));
  await choose(byName.get(model()));
}

async function choose(chosen) {
  if (chosen.card) $("card").href = chosen.card;
  $("card").hidden = !chosen.card;
  const isSpans = (tags) => tags.length > 0 && tags.every((tag) => tag === "O" || /^[BI]-/.test(tag));
  const boxes = Object.entries(chosen.tasks).map(([task, { tags }]) => {
    const box = element("input", "");
    box.type = "checkbox";
    box.value = task;
    box.checked = !hidden.has(task);
    if (!isSpans(tags)) box.dataset.plain = "yes";
    return element("label", "", box, ` ${task}`);
  });
  $("tasks").replaceChildren($("tasks").querySelector("legend"), ...boxes);
  for (const unit of units) unit.isTagged = false;
}

function choseTasks() {
  const boxes = [...$("tasks").querySelectorAll("input")];
  hidden = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
  untell();
  showAgain();
}

function choseView() {
  const isTable = document.querySelector("[name=view]:checked").value === "table";
  result.hidden = isTable;
  $("table").hidden = !isTable;
  untell();
  if (isTable) showTable();
}

const THEMES = { "": "System colours", light: "Light colours", dark: "Dark colours" };

function nextTheme() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(document.documentElement.dataset.theme ?? "") + 1) % names.length];
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  try {
    localStorage.setItem("theme", next);
  } catch {
    // Storage may be off: then the choice lasts as long as the page.
  }
  $("theme").textContent = THEMES[next];
}

function read() {
  const held = linked();
  if (!held.has("text")) return;
  text.value = held.get("text");
  update();
}

for (const [name, content] of Object.entries(EXAMPLES)) {
  const button = element("button", "quiet", name);
  button.type = "button";
  button.addEventListener("click", () => {
    text.value = content;
    update();
  });
  $("examples").append(button);
}
$("theme").textContent = THEMES[document.documentElement.dataset.theme ?? ""];
$("theme").addEventListener("click", nextTheme);
$("tasks").addEventListener("change", choseTasks);
$("views").addEventListener("change", choseView);
$("copy-json").addEventListener("click", (event) => copy(event.target, () => whole(text.value, model(), "application/json")));
$("copy-conllu").addEventListener("click", (event) => copy(event.target, () => whole(text.value, model(), "application/x-conllu")));
$("copy-link").addEventListener("click", (event) => {
  const made = link();
  const note = made.length > LONG_LINK ? "Copied. The link is long: some programs cut it." : "";
  copy(event.target, () => Promise.resolve(made), note);
});
text.addEventListener("input", changed);
addEventListener("hashchange", read);
addEventListener("online", update);
addEventListener("scroll", untell, { passive: true });
result.addEventListener("pointerover", (event) => tell(told_of(event.target)));
result.addEventListener("pointerleave", untell);
result.addEventListener("focusin", (event) => {
  reach(event.target);
  tell(event.target);
});
result.addEventListener("focusout", untell);
result.addEventListener("keydown", go);
addEventListener("keydown", (event) => event.key === "Escape" && untell());
if (linked().has("text")) read();
else update(); // text that the browser kept, and the models
