// A search over findings and changes, and a switch for all folds. The page is whole without it.
(() => {
  "use strict";
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const make = (name, text) => Object.assign(document.createElement(name), { textContent: text });
  const folds = all("#changes details.change");

  // A link to a closed fold opens it.
  const open = () => {
    const at = document.getElementById(location.hash.slice(1));
    if (at instanceof HTMLDetailsElement) at.open = true;
  };
  addEventListener("hashchange", open);
  open();

  const rows = all(".findings tbody tr, #changes details.change");
  if (rows.filter((row) => row.localName === "tr").length < 2) return;
  let texts = null;
  const search = make("input", "");
  search.type = "search";
  search.id = "search";
  search.placeholder = "name, host, rule …";
  const told = make("span", "");
  told.className = "n";
  told.setAttribute("role", "status");
  const find = () => {
    texts ??= rows.map((row) => row.textContent.toLowerCase());
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i].includes(word));
      if (!row.hidden && row.localName === "tr") shown += 1;
    });
    told.textContent = words.length === 0 ? "" : shown + (shown === 1 ? " finding" : " findings");
  };
  search.addEventListener("input", find);

  const label = make("label", "");
  label.append(make("b", "Search"), search);
  const box = make("div", "");
  box.className = "search";
  box.append(label, told);
  if (folds.length > 1) {
    const button = make("button", "Open all changes");
    button.type = "button";
    let opened = false;
    button.addEventListener("click", () => {
      opened = !opened;
      for (const fold of folds) fold.open = opened;
      button.textContent = opened ? "Close all changes" : "Open all changes";
    });
    box.append(button);
  }
  const filter = document.getElementById("filter");
  if (filter !== null) filter.before(box);
})();
