// Shows what was computed beforehand at the temperature that is chosen. Nothing here computes a probability.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const by = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const slider = by("slider");
  const prompt = by("prompt");
  const put = (id, text) => { const at = by(id); if (at) at.textContent = text; };
  let chosen = 0;

  // One row of a list of bars: a length in percent and a number.
  const setBars = (rows, lengths, numbers, names) => rows.forEach((row, k) => {
    row.querySelector(".bar").style.width = lengths[k] + "%";
    row.querySelector(".count").textContent = numbers[k];
    if (names) row.firstElementChild.textContent = names[k];
  });

  const showTokens = (t) => {
    const context = data.contexts[chosen];
    const percents = context.percents[t];
    setBars(all("#bars li"), percents, percents.map((p) => p + " %"), context.tokens);
    put("prompt-name", context.name);
    put("entropy", context.entropy[t]);
    put("effective", context.effective[t]);
    if (by("text")) {
      put("written-at", data.written_at[data.written[t]]);
      put("text", context.texts[data.written[t]]);
    }
  };

  const showLattice = (t) => {
    const canvas = by("spins");
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(canvas.width, canvas.height);
    [...data.lattices[t].spins].forEach((digit, k) => {
      for (let bit = 0; bit < 4; bit += 1) {
        const up = (parseInt(digit, 16) >> (3 - bit)) & 1;
        image.data.set(up ? [213, 94, 0, 255] : [40, 20, 15, 255], 4 * (4 * k + bit));
      }
    });
    pen.putImageData(image, 0, 0);
    put("magnetization", data.lattices[t].words);
  };

  const showBody = (t) => {
    const body = data.bodies[t];
    by("glow").style.background = body.colour;
    by("glow").style.opacity = body.opacity;
    by("spectrum").setAttribute("d", body.path);
    put("body-text", body.text);
  };

  const show = (t) => {
    const temperature = data.temperatures[t];
    slider.value = t;
    slider.setAttribute("aria-valuetext", temperature === "∞" ? "infinity" : temperature);
    put("temperature", "T = " + temperature);
    all(".t").forEach((at) => { at.textContent = temperature; });
    all("[data-filling]").forEach((figure, k) => {
      const levels = data.fillings[k][t];
      setBars(all("li", figure), levels, levels);
    });
    all("[data-subject]").forEach((row, k) =>
      all("td", row).forEach((cell, column) => { cell.textContent = data.subjects[k][t][column]; }));
    all("[data-chart]").forEach((figure, k) =>
      all(".cursor", figure).forEach((line, panel) => {
        line.setAttribute("x1", data.charts[k][panel][t]);
        line.setAttribute("x2", data.charts[k][panel][t]);
      }));
    showTokens(t);
    showLattice(t);
    showBody(t);
  };

  const now = () => Number(slider.value);
  const remember = () => {
    const choice = prompt ? "&prompt=" + chosen : "";
    history.replaceState(null, "", "#T=" + data.fragments[now()] + choice);
  };
  const go = (t) => { show(t); remember(); };

  // "#T=1&prompt=2"; what is not there stays as it is.
  const readFragment = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const k = Number(wanted.get("prompt"));
    if (prompt && wanted.has("prompt") && data.contexts[k]) {
      chosen = k;
      prompt.value = String(k);
    }
    const asked = wanted.get("T") === "∞" ? "inf" : wanted.get("T");
    const t = data.fragments.indexOf(asked);
    show(t < 0 ? now() : t);
    // A temperature that is not there leaves the one that is shown in the address.
    if (asked !== null) remember();
  };

  by("control").hidden = false;
  by("spins").hidden = false;
  slider.addEventListener("input", () => go(now()));
  all(".marks button").forEach((button) => button.addEventListener("click", () => go(Number(button.dataset.index))));
  by("control").addEventListener("submit", (event) => event.preventDefault());
  if (prompt) {
    by("prompt-choice").hidden = false;
    prompt.addEventListener("change", () => { chosen = Number(prompt.value); go(now()); });
  }
  // A press on a chart chooses the temperature under it, and so does a drag with the mouse; a finger that drags scrolls.
  all("[data-chart]").forEach((figure, k) => {
    const svg = figure.querySelector("svg");
    const choose = (event) => {
      const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
      const half = svg.viewBox.baseVal.width / data.charts[k].length;
      const places = data.charts[k][Math.min(Math.floor(x / half), data.charts[k].length - 1)];
      const distance = (t) => Math.abs(places[t] - x);
      go(places.reduce((best, _, t) => (distance(t) < distance(best) ? t : best), 0));
    };
    svg.addEventListener("click", choose);
    svg.addEventListener("pointermove", (event) => { if (event.buttons && event.pointerType === "mouse") choose(event); });
  });
  addEventListener("hashchange", readFragment);
  readFragment();
})();
