// Tells the server where one is writing, and the page where colleagues are: a hint, never a lock. Every fifteenth second
// while the page is used, and once a minute when nobody has touched it for ten.

const often = 15000;
const seldom = 60000;
const aWhile = 60000; // Whoever has not touched a key for so long is reading, not writing.
const unused = 600000;

export function company(form, { answers, versionOf, receive, isOver, begin }) {
  const place = form.querySelector("[data-writing]");
  let at = "";
  let last = 0;
  let touched = Date.now();
  let told = 0;

  for (const sign of ["keydown", "pointerdown", "scroll"]) {
    addEventListener(sign, () => (touched = Date.now()), { passive: true });
  }

  form.addEventListener("input", (event) => {
    if (!answers.includes(event.target)) return;
    const isNew = at !== event.target.name || Date.now() - last > aWhile;
    at = event.target.name;
    last = Date.now();
    if (isNew) tell();
  });

  function body() {
    const shown = new FormData();
    for (const name of ["csrfmiddlewaretoken", "draft"]) shown.set(name, form.elements.namedItem(name).value);
    for (const answer of answers) shown.set(versionOf(answer).name, versionOf(answer).value);
    if (Date.now() - last < aWhile) shown.set("at", at.replace("answer_", ""));
    return shown;
  }

  async function tell() {
    if (document.visibilityState === "hidden" || isOver()) return;
    told = Date.now();
    const shown = body();
    try {
      const answer = await fetch(form.dataset.presence, {
        method: "POST",
        body: shown,
        headers: { Accept: "application/json" },
        redirect: "manual",
        signal: AbortSignal.timeout(often),
      });
      if (answer.ok) hear(await answer.json(), shown);
    } catch {
      // The saving says what is wrong; this is only a hint.
    }
  }

  function hear({ writing, draft, fresh }, shown) {
    if (place.textContent !== writing) place.textContent = writing;
    if (isOver()) return;
    if (draft && shown.get("draft") === "") begin(draft);
    for (const answer of answers) {
      if (answer.name in fresh) receive(answer, fresh[answer.name], shown.get(versionOf(answer).name));
    }
  }

  tell();
  setInterval(() => {
    const isUsed = Date.now() - touched < unused;
    if (isUsed || Date.now() - told >= seldom) tell();
  }, often);
  document.addEventListener("visibilitychange", tell);
}
