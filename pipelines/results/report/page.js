"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const body = document.querySelector("#films tbody");
  const rows = data.films.map((film, place) => ({ film, place, element: at("f" + place) }));
  const numbers = (row, key) => (key === "quality" ? row.film.quality : row.film.columns[Number(key.slice(1))]);
  const keys = {
    place: (row) => row.place,
    name: (row) => row.film.name,
  };
  const order = { key: "place", down: false };
  let bin = null;
  let shown = rows;

  /* Words of people and files are set as text, never as HTML. */
  const make = (tag, words = "", attributes = {}) => {
    const element = document.createElement(tag);
    element.textContent = words;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  const compare = (a, b) => {
    const value = keys[order.key] || ((row) => numbers(row, order.key));
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null) || a.place - b.place;
    const way = typeof x === "string" ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
    return (order.down ? -way : way) || a.place - b.place;
  };

  const fits = (row, wanted) =>
    wanted.statuses.has(row.film.status) &&
    (!wanted.protocol || wanted.protocol === (row.film.protocol || "none")) &&
    (!wanted.reason || row.film.reasons.includes(wanted.reason)) &&
    (!bin || (row.film.values[bin.number] || []).some((value) => value >= bin.low && value < bin.high)) &&
    row.film.name.toLowerCase().includes(wanted.name);

  const show = () => {
    const wanted = {
      statuses: new Set([...document.querySelectorAll("[name=status]:checked")].map((box) => box.value)),
      protocol: at("protocol") ? at("protocol").value : "",
      reason: at("reason") ? at("reason").value : "",
      name: at("search").value.trim().toLowerCase(),
    };
    for (const row of rows) row.element.hidden = !fits(row, wanted);
    shown = rows.filter((row) => !row.element.hidden).sort(compare);
    body.append(...shown.map((row) => row.element));
    at("shown").textContent = `${shown.length} of ${rows.length} films`;
    at("bin").hidden = !bin;
    at("bin").textContent = bin ? `${bin.label}: ${bin.words} \u2715` : "";
    at("bin").setAttribute("aria-label", bin ? `Remove the filter ${bin.label}: ${bin.words}` : "");
    for (const bar of document.querySelectorAll("svg g")) bar.setAttribute("aria-pressed", String(bin !== null && bin.bar === bar));
  };

  const sortBy = (key, down) => {
    Object.assign(order, { key, down });
    for (const button of document.querySelectorAll("thead button")) {
      const way = button.dataset.key === key ? (down ? "descending" : "ascending") : "none";
      button.closest("th").setAttribute("aria-sort", way);
    }
    at("order").value = key;
    show();
  };

  const why = (codes) => codes.map((code) => make("p", data.reasons[code] || code, { title: code }));

  const badge = (status) => {
    const cell = document.createElement("td");
    cell.append(make("span", status, { class: `${status} badge` }));
    return cell;
  };

  /* A row, and a second one with the reasons where there are any. */
  const withReasons = (line, codes, columns) => {
    if (!codes.length) return [line];
    const second = make("tr", "", { class: "reasons" });
    const cell = make("td", "", { colspan: String(columns) });
    cell.append(...why(codes));
    second.append(cell);
    return [line, second];
  };

  const numberRows = (number, several) => {
    const [, site, method, status, value, unit, interval, word, codes, corrected, details] = number;
    const where = [site, several ? method : ""].map((each) => each.replaceAll("_", " ")).filter(Boolean).join(", ");
    const cell = make("td", value ? value + unit : "\u2013");
    if (interval) cell.append(make("small", ` (${interval})`));
    if (word) cell.append(` ${word}`);
    if (details) cell.append(make("small", details, { class: "details" }));
    if (corrected) cell.append(document.createElement("br"), make("small", `corrected ${corrected}`));
    const line = document.createElement("tr");
    line.append(make("td", where || "\u2013", { title: method }), cell, badge(status));
    return withReasons(line, codes, 3);
  };

  const heads = (words) => {
    const head = document.createElement("thead");
    const line = document.createElement("tr");
    line.append(...words.map((each) => make("th", each, { scope: "col" })));
    head.append(line);
    return head;
  };

  /* One group of rows for each measurement, under its label and definition. */
  const numberTable = (found, caption) => {
    const table = make("table", "", { "aria-label": caption });
    table.append(heads(["Where", "Value (90 % interval)", "Status"]));
    for (const name of new Set(found.map((each) => each[0]))) {
      const group = document.createElement("tbody");
      const own = found.filter((each) => each[0] === name);
      const several = new Set(own.map((each) => each[2])).size > 1;
      const spec = data.definitions[name];
      const head = make("th", spec.label, { colspan: "3", scope: "rowgroup", title: name });
      head.append(make("small", spec.definition));
      if (spec.reference) head.append(make("small", `Reference: ${spec.reference}`));
      const line = document.createElement("tr");
      line.append(head);
      group.append(line, ...own.flatMap((each) => numberRows(each, several)));
      table.append(group);
    }
    return table;
  };

  const maskTable = (masks) => {
    const table = make("table", "", { "aria-label": "Structures" });
    table.append(heads(["Structure", "Predicted Dice (at least)", "Status"]));
    const group = document.createElement("tbody");
    for (const [label, status, quality, lower, presence, codes] of masks) {
      const line = document.createElement("tr");
      const sure = presence ? ` (probability ${presence})` : "";
      const dice = make("td", quality + (lower ? ` (${lower})` : ""));
      line.append(make("th", label + sure, { scope: "row" }), dice, badge(status));
      group.append(...withReasons(line, codes, 3));
    }
    table.append(group);
    return table;
  };

  const facts = (film) => {
    const parts = [make("p", "")];
    parts[0].append(make("span", film.status, { class: `${film.status} badge` }));
    if (film.error) parts.push(make("p", film.error));
    parts.push(...why(film.reasons));
    const told = film.numbers.filter((each) => each[4] || each[9]);
    const others = film.numbers.filter((each) => !each[4] && !each[9]);
    if (told.length) parts.push(make("h3", "Measurements"), numberTable(told, "Measurements"));
    if (others.length) {
      const folded = document.createElement("details");
      folded.append(make("summary", `${others.length} refused or absent`), numberTable(others, "Refused or absent"));
      parts.push(folded);
    }
    if (film.masks.length) parts.push(make("h3", "Structures"), maskTable(film.masks));
    return parts;
  };

  const dialog = at("film");
  let current = null;

  const open = (row) => {
    current = row;
    at("film-name").textContent = row.film.name;
    const picture = row.film.overlay
      ? make("img", "", { src: row.film.overlay, alt: `Overlay of ${row.film.name}` })
      : make("p", "There is no picture of this film.");
    document.querySelector(".scroll").replaceChildren(picture);
    document.querySelector(".facts").replaceChildren(...facts(row.film));
    for (const part of [".facts", ".sides"]) document.querySelector(part).scrollTop = 0;
    at("zoom").hidden = !row.film.overlay;
    history.replaceState(null, "", "#" + encodeURIComponent(row.film.name));
    if (!dialog.open) dialog.showModal();
    at("film-name").focus();
  };

  const step = (by) => {
    const next = shown[shown.indexOf(current) + by];
    if (next) open(next);
  };

  const choose = (bar) => {
    const { number, low, high } = bar.dataset;
    const same = bin !== null && bin.bar === bar;
    const label = bar.closest("svg").getAttribute("aria-label");
    const words = bar.getAttribute("aria-label").split(":")[0];
    bin = same ? null : { bar, label, words, number: Number(number), low: Number(low), high: Number(high) };
    show();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-film]");
    const picture = event.target.closest(".picture");
    const bar = event.target.closest("svg g");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(rows[Number(link.dataset.film)]);
    } else if (picture) {
      open(rows.find((row) => row.element === picture.parentElement));
    } else if (bar) {
      choose(bar);
    }
  });
  document.addEventListener("keydown", (event) => {
    const bar = event.target.closest && event.target.closest("svg g");
    if (bar && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      choose(bar);
    }
    if (dialog.open && !event.target.closest(".scroll") && !event.altKey && !event.ctrlKey && !event.metaKey) {
      if (event.key === "ArrowLeft") step(-1);
      if (event.key === "ArrowRight") step(1);
    }
  });
  for (const button of document.querySelectorAll("thead button")) {
    button.addEventListener("click", () => sortBy(button.dataset.key, order.key === button.dataset.key && !order.down));
  }
  for (const kind of ["input", "change"]) at("filters").addEventListener(kind, show);
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("filters").addEventListener("reset", () => { bin = null; setTimeout(() => sortBy("place", false)); });
  at("order").addEventListener("change", () => sortBy(at("order").value, false));
  at("bin").addEventListener("click", () => { bin = null; show(); at("search").focus(); });
  at("previous").addEventListener("click", () => step(-1));
  at("next").addEventListener("click", () => step(1));
  at("close").addEventListener("click", () => dialog.close());
  const zoom = () => {
    const zoomed = document.querySelector(".overlay").classList.toggle("zoomed");
    at("zoom").setAttribute("aria-pressed", String(zoomed));
  };
  at("zoom").addEventListener("click", zoom);
  document.querySelector(".scroll").addEventListener("click", (event) => { if (event.target.tagName === "IMG") zoom(); });
  dialog.addEventListener("close", () => {
    history.replaceState(null, "", location.pathname + location.search);
    const link = current && current.element.querySelector("a[data-film]");
    if (link && !current.element.hidden) link.focus();
  });

  const asked = decodeURIComponent(location.hash.slice(1));
  const found = rows.find((row) => row.film.name === asked);
  if (found) open(found);
})();
