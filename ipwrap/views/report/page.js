
"use strict";
(function () {
  const byId = (id) => document.getElementById(id);
  const steps = Array.from(document.querySelectorAll(".step"));
  const parts = Array.from(document.querySelectorAll(".part"));
  const search = byId("search");
  const fold = byId("fold");
  const found = byId("found");
  const message = byId("message");

  // Search: the texts are collected when somebody searches for the first time.
  let texts = null;
  let pending = 0;

  function filter() {
    pending = 0;
    texts = texts || steps.map((step) => step.textContent.toLowerCase());
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    steps.forEach((step, position) => {
      const matches = words.every((word) => texts[position].includes(word));
      step.hidden = !matches;
      count += matches ? 1 : 0;
    });
    parts.forEach((part) => {
      part.hidden = words.length > 0 && !part.querySelector(".step:not([hidden])");
    });
    found.textContent = words.length ? `${count} of ${steps.length} steps` : `${steps.length} steps`;
  }

  function filterSoon() {
    if (!pending) {
      pending = requestAnimationFrame(filter);
    }
  }

  // Folding.
  let expanded = false;

  function foldAll() {
    expanded = !expanded;
    for (const step of steps) {
      const details = step.querySelector("details");
      if (details) {
        details.open = expanded;
      }
    }
    fold.textContent = expanded ? "Fold all" : "Expand all";
  }

  // A link to a step shows it, also where a search hides it, and opens it.
  function showTarget() {
    const target = byId(location.hash.slice(1));
    if (!target || !target.classList.contains("step")) {
      return;
    }
    if (target.hidden) {
      search.value = "";
      filter();
    }
    const details = target.querySelector("details");
    if (details) {
      details.open = true;
    }
    goTo(target);
  }

  // Steps out of sight have a guessed height until they come near: the aim is corrected until
  // the step stays where it is.
  function goTo(step) {
    step.tabIndex = -1;
    step.focus({ preventScroll: true });
    aim(step, 10);
  }

  function aim(step, corrections) {
    step.scrollIntoView({ block: "center" });
    const top = step.getBoundingClientRect().top;
    requestAnimationFrame(() => {
      const moved = Math.abs(step.getBoundingClientRect().top - top) > 1;
      if (corrections > 0 && document.activeElement === step && (moved || corrections > 8)) {
        aim(step, corrections - 1);
      }
    });
  }

  function move(direction, matches) {
    const shown = steps.filter((step) => !step.hidden && matches(step));
    const current = document.activeElement.closest(".step");
    const position = current ? steps.indexOf(current) : direction > 0 ? -1 : steps.length;
    const beyond = (step) => (steps.indexOf(step) - position) * direction > 0;
    const next = direction > 0 ? shown.find(beyond) : shown.reverse().find(beyond);
    if (next) {
      goTo(next);
    }
  }

  const keys = {
    "/": () => search.focus(),
    e: foldAll,
    j: () => move(1, () => true),
    k: () => move(-1, () => true),
    f: () => move(1, (step) => step.classList.contains("failed")),
  };

  function onKey(event) {
    if (event.target === search) {
      if (event.key === "Escape") {
        search.value = "";
        filter();
        search.blur();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) {
      return;
    }
    event.preventDefault();
    keys[event.key]();
  }

  // The script. Where the clipboard is closed to the page, the selection is copied.
  function selectAndCopy(code) {
    code.closest("details").open = true;
    const selection = getSelection();
    selection.selectAllChildren(code);
    return document.execCommand("copy");
  }

  async function copy() {
    const code = byId("script");
    let copied = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      copied = selectAndCopy(code);
    }
    message.textContent = copied ? "Copied." : "Not copied: the script is selected, press Ctrl+C.";
  }

  function download() {
    const blob = new Blob([byId("script").textContent], { type: "text/x-shellscript" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${document.title.replace(/[^\w.-]+/g, "_")}.sh`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  search.addEventListener("input", filterSoon);
  fold.addEventListener("click", foldAll);
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", showTarget);
  if (byId("script")) {
    byId("copy").addEventListener("click", copy);
    byId("download").addEventListener("click", download);
  }
  document.body.classList.remove("no-script");
  showTarget();
})();
