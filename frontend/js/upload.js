// Shows how far a film has come on its way to the server, and what the server says of it, without losing what else is in the form.
// Without this script the browser sends the form itself, and says less.

const form = document.querySelector("form[enctype='multipart/form-data']");
const find = (name) => form.querySelector(`[data-${name}]`);

function megabytes(bytes) {
  return (bytes / 1024 / 1024).toLocaleString("sv", { maximumFractionDigits: 0 });
}

// An error, as a line of the list: a link to its field, which is marked.
function told({ text, field }) {
  const line = document.createElement("li");
  const place = field && (document.getElementById(field) ?? document.getElementById(`${field}_0`));
  if (place) {
    const link = Object.assign(document.createElement("a"), { href: `#${place.id}`, textContent: text });
    link.onclick = () => place.focus();
    line.append(link);
    place.closest(".form-row")?.classList.add("errors");
  } else line.textContent = text;
  return line;
}

function send(submitter) {
  const body = new FormData(form);
  if (submitter?.name) body.append(submitter.name, submitter.value);
  const request = new XMLHttpRequest();
  const buttons = [...form.querySelectorAll("input[type=submit]")];
  const bar = form.querySelector("progress");

  const busy = (now) => {
    find("sending").hidden = !now;
    for (const button of buttons) button.disabled = now;
    window.onbeforeunload = now ? (event) => event.preventDefault() : null;
  };
  const refuse = (...errors) => {
    busy(false);
    const list = document.createElement("ul");
    list.append(...errors.map(told));
    const note = find("refused");
    note.replaceChildren("Inget är sparat än. ", list);
    note.hidden = false;
    note.focus();
  };

  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = (loaded / total) * 100;
    find("sent").textContent =
      loaded < total ? `${megabytes(loaded)} av ${megabytes(total)} MB` : "Filen är framme. Den kontrolleras nu.";
  });
  request.addEventListener("load", () => {
    const { location, errors } = request.response ?? {};
    if (request.status === 200 && location) {
      busy(false);
      window.location.assign(location);
    } else if (errors) refuse(...errors);
    else if (request.status === 413) refuse({ text: "Filen är större än servern tar emot." });
    else if (request.status === 401) refuse({ text: "Du är inte längre inloggad. Logga in i en annan flik och spara igen." });
    else refuse({ text: `Servern kunde inte ta emot filen (fel ${request.status}). Försök igen om en stund.` });
  });
  request.addEventListener("error", () => refuse({ text: "Förbindelsen bröts. Allt finns kvar i formuläret. Försök igen." }));
  request.addEventListener("abort", () => refuse({ text: "Du avbröt. Allt finns kvar i formuläret." }));
  find("cancel").onclick = () => request.abort();

  // What was wrong the last time may have been put right; what still is, is told anew.
  for (const told of form.querySelectorAll(".errorlist, .errornote:not([data-refused])")) told.remove();
  for (const row of form.querySelectorAll(".errors")) row.classList.remove("errors");
  find("refused").hidden = true;
  busy(true);
  request.responseType = "json";
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(body);
}

if (form && find("sending"))
  form.addEventListener("submit", (event) => {
    const hasFile = [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
    if (!hasFile || event.submitter?.name === "_preview") return;
    event.preventDefault();
    send(event.submitter);
  });
