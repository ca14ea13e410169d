// Saves a group's draft while it is being written: two seconds after the last key, and when the page is left. Nothing is kept on
// the device. What cannot be saved stays in the page, a line says why, and it is tried again. The button works as without script.
// It also tells where colleagues are writing, and shows what they have saved where nothing has been written here meanwhile.

import { company } from "./_company.js";

const pause = 2000;
const patience = 20000;
const firstWait = 3000;
const longestWait = 60000;

function autosave(form) {
  const line = form.querySelector("[data-line]");
  const states = document.querySelector("[data-states]");
  const answers = [...form.querySelectorAll("textarea")];
  const input = (name) => form.elements.namedItem(name);

  // What the server has, as far as this page knows; nothing is known where a text was not taken the last time.
  const known = new Map(answers.map((answer) => [answer, "unsaved" in answer.dataset ? null : answer.defaultValue]));
  // These wait for the button: the writer is to see both texts, or to mend what was refused.
  const byHand = new Set(answers.filter((answer) => "unsaved" in answer.dataset));
  const refused = new Map();
  // What stands beside a colleague's text is put aside as it is written, until its writer has seen both.
  const putAside = new Map();
  const versionOf = (answer) => input(answer.name.replace("answer", "version"));
  let timer;
  let wait = firstWait;
  let sending = false;
  let stopped = false;
  let submitted = false;
  let leaving = false;
  let problem = line.textContent;

  // A text that the browser has put back after a detour was written against a version that nobody knows.
  for (const answer of answers) if (answer.value !== answer.defaultValue) versionOf(answer).value = "";

  const differs = (answer) => answer.value !== known.get(answer);
  const isWaiting = (answer) => (byHand.has(answer) ? putAside.get(answer) !== answer.value : refused.get(answer) !== answer.value);
  const waiting = () => answers.filter((answer) => differs(answer) && isWaiting(answer));

  function say(kind, content) {
    line.classList.toggle("ms-saved--failed", kind === "failed");
    line.classList.toggle("ms-saved--waiting", kind === "waiting");
    line.replaceChildren(content);
  }
  const state = (name) => states.querySelector(`[data-state="${name}"]`).cloneNode(true);

  function plan(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }
  function planAgain() {
    plan(wait);
    wait = Math.min(wait * 2, longestWait);
  }

  // Each sending has a number, so that one that arrives late never undoes a newer one from the same page.
  function contents(some) {
    const turn = input("turn");
    turn.value = Number(turn.value) + 1;
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "key", "turn", "draft", "question_set"]) body.set(name, input(name).value);
    for (const answer of some) {
      body.set(answer.name, answer.value);
      body.set(versionOf(answer).name, versionOf(answer).value);
      if (byHand.has(answer)) body.append("aside", answer.name);
    }
    return body;
  }

  // A page on its way out may still send, though not more than 64 kB.
  function send(some) {
    const mostBytes = some.reduce((sum, answer) => sum + answer.value.length, 0) * 3;
    return fetch(form.action, {
      method: "POST",
      body: contents(some),
      headers: { Accept: "application/json" },
      redirect: "manual",
      keepalive: document.visibilityState === "hidden" && mostBytes < 60000,
      signal: AbortSignal.timeout(patience),
    });
  }

  // After a new login in another tab this page's token is old; the page's own address hands out a new one.
  async function renewToken() {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) return answer.status;
    input("csrfmiddlewaretoken").value = (await answer.json()).csrf;
    return 200;
  }

  async function save() {
    clearTimeout(timer);
    const some = waiting();
    if (sending || stopped || submitted || !some.length) return;
    sending = true;
    say("waiting", state("saving"));
    const texts = new Map(some.map((answer) => [answer, answer.value]));
    try {
      let answer = await send(some);
      if (answer.status === 403) {
        const status = await renewToken();
        answer = status === 200 ? await send(some) : { status };
      }
      await heard(answer, texts);
    } catch {
      say("failed", state("offline"));
      planAgain();
    } finally {
      sending = false;
    }
    if (waiting().length && wait === firstWait) plan(pause);
  }

  async function heard(answer, texts) {
    if ([200, 409, 422].includes(answer.status)) {
      take(await answer.json(), answer.status, texts);
      wait = firstWait;
    } else if (answer.status === 401 || answer.type === "opaqueredirect") {
      say("failed", state("logged-out"));
      planAgain();
    } else if (answer.status === 404) {
      stopped = true;
      say("failed", state("gone"));
    } else {
      say("failed", state("failed"));
      planAgain();
    }
  }

  function take(result, status, texts) {
    if (result.draft) input("draft").value = result.draft;
    for (const [answer, text] of texts) {
      if (byHand.has(answer)) putAside.set(answer, text);
      if (result.conflicts.includes(answer.name)) {
        byHand.add(answer);
        putAside.set(answer, text);
      } else if (byHand.has(answer)) continue;
      else if (result.refused.includes(answer.name)) refused.set(answer, text);
      else if (!result.stop) known.set(answer, text);
      const version = versionOf(answer);
      if (version.name in result.versions) version.value = result.versions[version.name];
      if (answer.name in result.suspects) warn(answer, result.suspects[answer.name]);
    }
    stopped = result.stop;
    form.querySelector("[data-mask]").hidden = !result.mask;
    if (status !== 200) problem = result.message;
    const left = answers.some((answer) => differs(answer) && (byHand.has(answer) || refused.get(answer) === answer.value));
    if (status !== 200 || left) say("failed", problem);
    else say("saved", result.message);
  }

  // What may point somebody out, under the answer where it stands. Its writer decides.
  function warn(answer, places) {
    const box = form.querySelector(`[data-guard="${answer.name}"]`);
    const lines = places.map((place) => {
      const line = document.createElement("li");
      line.textContent = place;
      return line;
    });
    if (lines.length) box.querySelector("[data-places]").replaceChildren(...lines);
    box.hidden = !lines.length;
  }

  // A colleague's text takes the place of one that nobody has touched here; any other waits for its writer to save.
  function receive(answer, { text, version, line }, shown) {
    if (versionOf(answer).value !== shown || differs(answer) || byHand.has(answer) || sending) return;
    const { selectionStart, selectionEnd } = answer;
    answer.value = text;
    answer.setSelectionRange(selectionStart, selectionEnd);
    known.set(answer, text);
    versionOf(answer).value = version;
    answer.dispatchEvent(new Event("keyup"));
    if (!hasFailed()) say("saved", `${line}.`);
  }
  const hasFailed = () => line.classList.contains("ms-saved--failed");

  company(form, {
    answers,
    versionOf,
    receive,
    isOver: () => stopped || submitted,
    begin: (draft) => {
      if (!input("draft").value) input("draft").value = draft;
    },
  });

  form.addEventListener("input", () => {
    // When something is wrong the next attempt is planned already; typing does not put it off.
    if (wait === firstWait) plan(pause);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    submitted = true;
    input("turn").value = Number(input("turn").value) + 1;
  });

  // The last that was written goes along even if the page is gone before the answer comes.
  function saveOnTheWay() {
    const some = waiting();
    if (stopped || submitted || !some.length) return;
    send(some).catch(() => {});
  }
  document.addEventListener("visibilitychange", () => {
    if (sending && document.visibilityState === "hidden") saveOnTheWay();
    else save();
  });
  window.addEventListener("pagehide", saveOnTheWay);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) submitted = false;
  });
  window.addEventListener("online", save);
  window.addEventListener("focus", save);

  // Ask before what could not be saved is thrown away, but never whoever leaves fast.
  document.addEventListener("click", (event) => {
    leaving = Boolean(event.target.closest("[data-leave]"));
  });
  window.addEventListener("beforeunload", (event) => {
    const unsaved = line.classList.contains("ms-saved--failed") && answers.some(differs);
    if (unsaved && !submitted && !leaving) event.preventDefault();
  });
}

const form = document.querySelector("[data-draft]");
if (form) autosave(form);
