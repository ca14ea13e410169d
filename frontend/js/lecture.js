// The film's page: times are links into the film, the text follows it, it stays in view, and it stops at the questions. The browser's
// own player does the rest. Nothing is kept on the device. Without this script the times lead to the words, and the film plays.

const step = 10;
// Whoever has scrolled by hand is left alone for a while.
const leftAlone = 5000;

function watch(film) {
  const video = film.querySelector("video");
  const find = (name) => document.querySelector(`[data-${name}]`);
  const controls = find("controls");
  const said = find("said");
  const pause = find("pause");
  const follow = find("follow");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const cues = [...document.querySelectorAll("[data-cue]")].map((element) => ({ element, start: element.dataset.cue / 1000 }));
  const chapters = [...document.querySelectorAll("[data-chapter]")].map((element) => ({
    link: element.querySelector("a"),
    start: Number(element.dataset.chapter),
    question: element.dataset.question,
  }));
  let current;
  let chapter;
  let before = 0;
  let handsOn = 0;
  let from = null;

  // Moving about -----------------------------------------------------------------------------------

  function seek(second) {
    const go = () => {
      video.currentTime = Math.min(Math.max(second, 0), video.duration || second);
      before = video.currentTime;
    };
    closePause();
    if (video.readyState) go();
    else {
      video.addEventListener("loadedmetadata", go, { once: true });
      video.preload = "metadata";
      video.load();
    }
    film.dataset.begun = "";
  }
  const skip = (seconds) => seek(video.currentTime + seconds);
  const play = () => video.play().catch(() => {});
  const secondOf = (hash) => (/^#t=\d+$/.test(hash) ? Number(hash.slice(3)) : null);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#t=']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    seek(secondOf(link.hash));
    play();
    history.replaceState(null, "", link.hash);
  });
  function fromAddress() {
    const second = secondOf(location.hash);
    if (second !== null) seek(second);
  }
  window.addEventListener("hashchange", fromAddress);

  // The text follows ---------------------------------------------------------------------------------

  const lastBegun = (things, time) => things.findLast(({ start }) => start <= time + 0.05);

  function mark(thing, old, element) {
    if (thing === old) return thing;
    if (old) element(old).removeAttribute("aria-current");
    if (thing) element(thing).setAttribute("aria-current", "true");
    return thing;
  }

  function tell() {
    const time = video.currentTime;
    const cue = lastBegun(cues, time);
    const isNew = cue !== current;
    current = mark(cue, current, ({ element }) => element);
    chapter = mark(lastBegun(chapters, time), chapter, ({ link }) => link);
    if (isNew && cue && follow.checked && film.dataset.away && !video.paused && Date.now() - handsOn > leftAlone)
      cue.element.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  }
  const scrolling = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", "Tab", " "]);
  function leaveAlone(event) {
    if (event.type !== "keydown" || scrolling.has(event.key)) handsOn = Date.now();
  }
  for (const name of ["wheel", "touchmove", "keydown"]) document.addEventListener(name, leaveAlone, { passive: true });

  // Stopping at the questions -------------------------------------------------------------------------

  const questions = chapters
    .map(({ question }, index) => ({ question, at: chapters[index + 1]?.start }))
    .filter(({ question }) => question);

  function ask(question) {
    video.pause();
    if (document.fullscreenElement) document.exitFullscreen();
    pause.querySelector("[data-question]").textContent = question;
    pause.hidden = false;
    from = film.dataset.away ? window.scrollY : null;
    pause.focus();
  }
  function closePause() {
    if (pause) pause.hidden = true;
  }

  function stopAtQuestion() {
    const time = video.currentTime;
    // A jump is no passing by.
    const passed = time - before < 2 && questions.find(({ at }) => before < at && at <= time);
    before = time;
    if (passed && find("stop").checked && !video.paused) ask(passed.question);
  }
  video.addEventListener("timeupdate", () => {
    tell();
    if (!video.seeking) stopAtQuestion();
  });
  video.addEventListener("seeked", () => {
    before = video.currentTime;
    tell();
  });
  video.addEventListener("ended", () => {
    const last = questions.find(({ at }) => at === undefined);
    if (last && find("stop").checked) ask(last.question);
  });
  video.addEventListener("play", () => {
    film.dataset.begun = "";
    closePause();
    place();
  });
  pause?.querySelector("[data-continue]").addEventListener("click", () => {
    closePause();
    video.focus({ preventScroll: from !== null });
    // Back to where the reader was in the text.
    if (from !== null) window.scrollTo(0, from);
    if (!video.ended) play();
  });

  // In view -------------------------------------------------------------------------------------------

  function place() {
    const away = film.getBoundingClientRect().bottom < 80 && "begun" in film.dataset;
    if (away) film.dataset.away = "yes";
    else delete film.dataset.away;
    document.documentElement.classList.toggle("ms-film-away", away);
  }
  new IntersectionObserver(place, { threshold: [0, 0.2, 0.5] }).observe(film);

  // Buttons and keys ----------------------------------------------------------------------------------

  function captions() {
    const [track] = video.textTracks;
    if (!track) return;
    track.mode = track.mode === "showing" ? "hidden" : "showing";
    said.textContent = track.mode === "showing" ? "Undertexter på" : "Undertexter av";
  }
  const acts = {
    k: () => (video.paused ? play() : video.pause()),
    j: () => skip(-step),
    l: () => skip(step),
    c: captions,
  };
  document.addEventListener("keydown", (event) => {
    const act = acts[event.key.toLowerCase()];
    if (!act || !find("keys").checked || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    event.preventDefault();
    act();
  });
  find("back").addEventListener("click", () => skip(-step));
  find("forward").addEventListener("click", () => skip(step));
  find("speed").addEventListener("change", (event) => {
    video.playbackRate = Number(event.target.value);
  });
  // A browser may put back what was chosen the last time; here nothing is remembered.
  find("speed").value = "1";
  controls.hidden = false;

  fromAddress();
}

const film = document.querySelector("[data-film]");
if (film) watch(film);
