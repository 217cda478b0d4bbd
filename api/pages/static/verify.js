"use strict";
// Without this file the form works all the same: the browser then shows a whole new page.
(() => {
  const form = document.getElementById("ask");
  const drop = document.getElementById("drop");
  const file = document.getElementById("file");
  const none = document.getElementById("none");
  const chosen = document.getElementById("chosen");
  const result = document.getElementById("result");
  const say = (text) => {
    const line = document.createElement("p");
    line.className = "note";
    line.textContent = text;
    result.replaceChildren(line);
  };

  const check = async () => {
    if (!file.files.length) {
      say(none.textContent);
      return;
    }
    chosen.textContent = file.files[0].name;
    result.setAttribute("aria-busy", "true");
    say(form.dataset.working);
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "x-part": "report" },
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      result.replaceChildren(...page.body.childNodes);
      result.scrollIntoView({ block: "start" });
    } catch {
      say(form.dataset.failed);
    }
    result.removeAttribute("aria-busy");
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  file.addEventListener("change", check);
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) {
      file.files = event.dataTransfer.files;
      check();
    }
  });
  // A file dropped beside the field must not replace the page.
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => event.preventDefault());
  }
})();
