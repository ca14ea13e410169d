// Hides the page at once and puts the neutral one in its place, so that "back" does not lead here.
export function leave(link) {
  document.body.hidden = true;
  window.location.replace(link.href);
}

// A page that the browser brings back from its memory must not stay empty.
window.addEventListener("pageshow", () => {
  document.body.hidden = false;
});
