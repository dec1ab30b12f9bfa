
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (text, words) => words.every((word) => text.includes(word));
  const later = (act) => {
    let timer;
    return () => { clearTimeout(timer); timer = setTimeout(act, 60); };
  };

  // Tables sort by the column whose heading is pressed: numbers by size, the rest as people order it, empty cells last.
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const sort = (heading) => {
    const table = heading.closest("table"), body = table.tBodies[0], column = heading.cellIndex;
    const falls = heading.getAttribute("aria-sort") === "ascending";
    const rows = [...body.rows].map((row) => {
      const text = row.cells[column].textContent.trim();
      return { row, text, number: text ? Number(text.replace(/,/g, "")) : NaN };
    });
    const isNumeric = rows.every(({ text, number }) => !text || !Number.isNaN(number));
    const sign = falls ? -1 : 1;
    rows.sort((a, b) => {
      if (!a.text || !b.text) return (a.text ? 0 : 1) - (b.text ? 0 : 1);
      return sign * (isNumeric ? a.number - b.number : order.compare(a.text, b.text));
    });
    all("th[aria-sort]", table).forEach((each) => each.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
    body.append(...rows.map(({ row }) => row));
  };

  // Steps can be copied; where the browser gives no clipboard they are selected.
  const copy = async (button) => {
    const code = button.nextElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };
  all("pre.steps").forEach((steps) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    steps.prepend(button);
  });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.matches(".copy")) copy(button);
    else if (button?.closest("th")) sort(button.closest("th"));
  });

  // A runbook is on the page once, and shown in the place where it is opened.
  document.addEventListener("toggle", ({ target }) => {
    if (!target.matches?.("details.runbook") || !target.open || target.querySelector(".prose")) return;
    const book = document.getElementById(target.dataset.book).cloneNode(true);
    book.removeAttribute("id");
    book.querySelector("h3").remove();
    target.querySelector("p").replaceWith(book);
  }, true);

  // A table's own filter.
  all("label.filter").forEach((label) => {
    label.hidden = false;
    const rows = all("tbody tr", label.parentElement);
    label.querySelector("input").addEventListener("input", later(() => {
      const words = wordsOf(label.querySelector("input").value);
      rows.forEach((row) => { row.hidden = !holds(row.textContent.toLowerCase(), words); });
    }));
  });

  // The filter of the page: all words, anywhere in a finding or in its target's name.
  const field = document.getElementById("filter");
  if (!field) return;
  const tools = field.closest(".tools"), said = tools.querySelector("output");
  tools.hidden = false;
  const sections = all("section.target").map((section) => ({
    section,
    name: section.querySelector("h2 bdi").textContent.toLowerCase(),
    findings: all("article.finding", section),
    folds: all("details.more", section),
  }));
  const total = sections.reduce((sum, { findings }) => sum + findings.length, 0);
  const texts = new Map();
  const textOf = (finding, name) => {
    if (!texts.has(finding)) texts.set(finding, `${name} ${finding.textContent.toLowerCase()}`);
    return texts.get(finding);
  };
  const count = (number) => number.toLocaleString("en");
  const filter = () => {
    const words = wordsOf(field.value);
    let shown = 0;
    for (const { section, name, findings, folds } of sections) {
      let here = 0;
      for (const finding of findings) {
        const is = holds(words.length ? textOf(finding, name) : "", words);
        finding.hidden = !is;
        here += is;
      }
      for (const fold of folds) {
        const any = fold.querySelector("article.finding:not([hidden])");
        fold.hidden = !any;
        if (words.length) {
          fold.dataset.was ??= fold.open ? "open" : "closed";
          fold.open = Boolean(any);
        } else if (fold.dataset.was) {
          fold.open = fold.dataset.was === "open";
          delete fold.dataset.was;
        }
      }
      section.hidden = Boolean(words.length) && !here;
      shown += here;
    }
    const noun = total === 1 ? "finding" : "findings";
    said.textContent = words.length ? `${count(shown)} of ${count(total)} ${noun}` : `${count(total)} ${noun}`;
  };
  field.addEventListener("input", later(filter));
  if (field.value) filter();

  // Paper has no folds to open.
  addEventListener("beforeprint", () => all("details").forEach((each) => { each.dataset.print = each.open; each.open = true; }));
  addEventListener("afterprint", () => all("details[data-print]").forEach((each) => {
    each.open = each.dataset.print === "true";
    delete each.dataset.print;
  }));
})();
