// Three presses of Shift leave the site. Written here and not taken from the design system: it takes a tenth of the bytes, and it
// replaces the page in the history.
import { leave } from "./_leave.js";

const presses = 3;
const patience = 5000;

function listen(link, status) {
  let count = 0;
  let alone = false;
  let timer;

  const say = () => {
    status.textContent = [status.dataset.one, status.dataset.two, ""][count ? presses - count - 1 : 2];
  };
  const forget = () => {
    count = 0;
    say();
  };
  const press = () => {
    clearTimeout(timer);
    timer = setTimeout(forget, patience);
    count += 1;
    if (count === presses) leave(link);
    else say();
  };

  // Shift for a capital letter, a shortcut or a selection is not a press.
  document.addEventListener("keydown", (event) => {
    alone = event.key === "Shift";
    if (!alone) forget();
  });
  document.addEventListener("pointerdown", () => {
    alone = false;
  });
  document.addEventListener("keyup", (event) => {
    if (event.key === "Shift" && alone) press();
  });
  // The third press of a visit must not be the first of the next one.
  window.addEventListener("pageshow", forget);
  link.title = status.dataset.hint;
}

const link = document.querySelector("[data-leave]");
const status = document.querySelector("[data-leave-status]");

// Never where somebody may be writing: the text would be thrown away.
if (link && status && !document.querySelector("main form")) listen(link, status);
