// Without this file every page works; with it, new changes announce themselves.
"use strict";

const live = document.querySelector("[data-stream]");
if (live) {
  const seen = new Set();
  const list = live.querySelector("ul");
  const said = live.querySelector("[role=status]");
  const source = new EventSource(live.dataset.stream);

  source.addEventListener("change", (message) => {
    const change = JSON.parse(message.data);
    if (seen.has(change.id)) return;
    seen.add(change.id);
    const link = document.createElement("a");
    link.href = "/mentions/" + encodeURIComponent(change.mention);
    link.textContent = change.summary;
    const item = document.createElement("li");
    item.append(link);
    list.prepend(item);
    live.hidden = false;
    said.textContent = seen.size === 1 ? "1 new change" : seen.size + " new changes";
  });
  source.addEventListener("open", () => { document.documentElement.dataset.live = "on"; });
  source.addEventListener("error", () => { document.documentElement.dataset.live = "off"; });
}

for (const form of document.querySelectorAll("form[data-instant]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select")) form.requestSubmit();
  });
}
