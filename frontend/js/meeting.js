// The leading page: notes are added to the group's draft while the film runs, and the server remembers where in it one is. What cannot
// be sent waits in the page, a line says so, and it is tried again. Nothing is kept on the device. Without this script a button saves.

const patience = 20000;
const firstWait = 2000;
const longestWait = 30000;
const placeEvery = 15;
// Who has written nothing for so long has said what there was to say; a browser that dies after that takes nothing with it.
const restsFor = 60000;

// A browser gives keys of itself only to pages that come by HTTPS or from the machine it runs on.
const newKey = () =>
  crypto.randomUUID?.() ??
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16),
  );

function lead(form) {
  const line = form.querySelector("[data-line]");
  const states = document.querySelector("[data-states]");
  const state = (name) => states.querySelector(`[data-state="${name}"]`).cloneNode(true);
  const input = (name) => form.elements.namedItem(name);
  const boxes = [...form.querySelectorAll("[data-question-box]")].map((box) => ({
    box,
    field: box.querySelector("textarea"),
    waiting: box.querySelector("[data-waiting]"),
    written: box.querySelector("[data-written]"),
  }));

  // What has left its field and is not stored yet, oldest first; each has a key of its own, so that it is added once.
  const queue = [];
  let sending = null;
  let wait = firstWait;
  let timer;
  let leaving = false;

  function say(kind, name) {
    line.classList.toggle("ms-saved--failed", kind === "failed");
    line.classList.toggle("ms-saved--waiting", kind === "waiting");
    line.replaceChildren(state(name));
  }

  // Sending -------------------------------------------------------------------------------------------

  function contents(fields, key) {
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "questions", "lecture"]) body.set(name, input(name).value);
    body.set("key", key);
    body.set("do", "save");
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return body;
  }
  const post = (fields, key, keepalive = false) =>
    fetch(form.action, {
      method: "POST",
      body: contents(fields, key),
      headers: { Accept: "application/json" },
      redirect: "manual",
      keepalive,
      signal: AbortSignal.timeout(patience),
    });

  // After a new login in another tab this page's token is old; the page's own address hands out a new one.
  async function renewToken() {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.ok) input("csrfmiddlewaretoken").value = (await answer.json()).csrf;
    return answer.ok;
  }
  async function send(fields, key) {
    const answer = await post(fields, key);
    return answer.status === 403 && (await renewToken()) ? post(fields, key) : answer;
  }

  // Notes ---------------------------------------------------------------------------------------------

  function show({ waiting, field }) {
    const texts = queue.filter((note) => note.box.field === field).map((note) => note.text);
    waiting.hidden = !texts.length;
    waiting.replaceChildren(...(texts.length ? [state("waiting"), ` ${texts.join(" … ")}`] : []));
  }

  function collect(some = boxes) {
    for (const box of some) {
      const text = box.field.value.trim();
      if (!text) continue;
      queue.push({ box, text, key: newKey() });
      box.field.value = "";
      box.field.dispatchEvent(new Event("keyup"));
      show(box);
    }
  }

  function take(result) {
    for (const { field, written } of boxes) {
      const text = result.written[field.name];
      if (text === undefined) continue;
      written.hidden = !text;
      written.querySelector("[data-written-text]").textContent = text;
    }
  }

  // A refused text goes back where it was written, before what has been written since.
  function giveBack({ box, text }, reasons, mask) {
    box.field.value = [text, box.field.value].filter(Boolean).join("\n\n");
    const reason = reasons[box.field.name] ?? Object.values(reasons).join(" ");
    let error = box.box.querySelector("[data-refused]");
    if (!error) {
      error = document.createElement("p");
      error.className = "govuk-error-message";
      error.dataset.refused = "";
      error.id = `${box.field.id}_refused`;
      box.field.before(error);
    }
    error.textContent = reason;
    box.field.setAttribute("aria-describedby", [error.id, box.field.getAttribute("aria-describedby")].filter(Boolean).join(" "));
    form.querySelector("[data-mask]").hidden = !mask;
  }

  async function empty() {
    clearTimeout(timer);
    let refused = false;
    while (queue.length) {
      const [note] = queue;
      say("waiting", "saving");
      try {
        const answer = await send({ [note.box.field.name]: note.text }, note.key);
        if (answer.status === 200) take(await answer.json());
        else if (answer.status === 422) {
          const { refused: reasons, mask } = await answer.json();
          giveBack(note, reasons, mask);
          refused = true;
        } else {
          say("failed", answer.status === 401 || answer.type === "opaqueredirect" ? "logged-out" : "failed");
          return again();
        }
      } catch {
        say("failed", "offline");
        return again();
      }
      queue.shift();
      show(note.box);
      wait = firstWait;
      if (!refused) note.box.box.querySelector("[data-refused]")?.remove();
    }
    if (refused) say("failed", "refused");
    else say("saved", "saved");
    return !refused;
  }
  function again() {
    timer = setTimeout(flush, wait);
    wait = Math.min(wait * 2, longestWait);
    return false;
  }
  // One at a time: whoever asks while it is sending waits for the same.
  function flush() {
    if (!queue.length) return Promise.resolve(true);
    sending ??= empty().finally(() => {
      sending = null;
    });
    return sending;
  }

  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    if (leaving || submitter?.name === "mask") {
      leaving = true;
      return;
    }
    event.preventDefault();
    collect();
    const stays = submitter?.value === "save";
    if (stays) await savePlace(true);
    const stored = await flush();
    if (stays) return;
    if (stored && !queue.length) {
      leaving = true;
      await savePlace(true);
      // Not within the event that was stopped: a form does not submit itself while it asks whether to.
      setTimeout(() => form.requestSubmit(submitter));
    } else if (queue.length) line.append(" ", state("unsent"));
  });
  for (const box of boxes) {
    let rest;
    box.field.addEventListener("input", () => {
      clearTimeout(rest);
      rest = setTimeout(() => {
        collect([box]);
        flush();
      }, restsFor);
    });
  }
  form.addEventListener("keydown", (event) => {
    const box = boxes.find(({ field }) => field === event.target);
    if (!box || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    collect([box]);
    flush();
  });
  window.addEventListener("online", flush);
  window.addEventListener("focus", flush);

  // The last that was written goes along even if the page is gone before the answer comes; sent twice, it is added once.
  window.addEventListener("pagehide", () => {
    if (leaving) return;
    collect();
    for (const { box, text, key } of queue) post({ [box.field.name]: text }, key, true).catch(() => {});
    savePlace(false, true);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) leaving = false;
  });
  let fast = false;
  document.addEventListener("click", (event) => {
    fast = Boolean(event.target.closest("[data-leave]"));
  });
  window.addEventListener("beforeunload", (event) => {
    const offline = !navigator.onLine && boxes.some(({ field }) => field.value.trim());
    if ((queue.length || offline) && !leaving && !fast) event.preventDefault();
  });

  // Where in the film ---------------------------------------------------------------------------------

  const video = document.querySelector("[data-film] video");
  const placeLine = form.querySelector("[data-place-line]");
  let told = null;

  async function savePlace(now, keepalive = false) {
    const byHand = input("second");
    const second = video ? Math.floor(video.currentTime) : null;
    const isNew = second !== null && second > 0 && second !== told && (now || Math.abs(second - (told ?? 0)) >= placeEvery || keepalive);
    const fields = isNew ? { second: String(second) } : !video && byHand?.value ? { second: byHand.value } : null;
    if (!fields) return;
    try {
      const answer = keepalive ? await post(fields, newKey(), true) : await send(fields, newKey());
      if (!answer.ok) return;
      told = second;
      placeLine?.replaceChildren(state("place"));
    } catch {
      // It is told again in a while; where one is in a film is seen in the film.
    }
  }
  if (video) {
    form.querySelector("[data-place]").hidden = true;
    video.addEventListener("timeupdate", () => savePlace(false));
    video.addEventListener("pause", () => savePlace(true));
  }
}

const form = document.querySelector("[data-lead]");
if (form) lead(form);
