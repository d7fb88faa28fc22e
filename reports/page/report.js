(() => {
  "use strict";
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const figures = [...document.querySelectorAll("figure.plot")].map((figure) => ({
    box: figure.querySelector(".plot-box"),
    spec: JSON.parse(figure.querySelector('script[type="application/json"]').textContent),
  }));
  const config = {
    responsive: true, displaylogo: false, displayModeBar: "hover", showTips: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
  };
  const axes = (layout) => Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  const paint = (layout) => {
    const patch = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", "font.color": color("--ink"),
      "hoverlabel.bgcolor": color("--card"), "hoverlabel.bordercolor": color("--line"), "hoverlabel.font.color": color("--ink"),
      "modebar.color": color("--quiet"), "modebar.activecolor": color("--accent"), "modebar.bgcolor": "rgba(0,0,0,0)",
      "legend.bgcolor": "rgba(0,0,0,0)",
    };
    for (const axis of new Set([...axes(layout), "xaxis", "yaxis"])) {
      patch[`${axis}.gridcolor`] = color("--grid");
      patch[`${axis}.linecolor`] = color("--axis");
      patch[`${axis}.tickcolor`] = color("--axis");
      patch[`${axis}.zerolinecolor`] = color("--axis");
    }
    return patch;
  };
  const assign = (target, patch) => {
    for (const [path, value] of Object.entries(patch)) {
      const keys = path.split(".");
      let node = target;
      for (const key of keys.slice(0, -1)) node = node[key] = node[key] || {};
      node[keys.at(-1)] = value;
    }
    return target;
  };
  const narrow = (layout, width) => {
    if (width >= 560) return layout;
    layout.margin = { ...(layout.margin || {}), l: 44, r: 8 };
    layout.font = { ...(layout.font || {}), size: 11 };
    return layout;
  };
  const draw = ({ box, spec }) => {
    const layout = narrow(assign({ ...spec.layout, autosize: true }, paint(spec.layout)), box.clientWidth);
    layout.margin = { ...(layout.margin || {}), t: Math.min((layout.margin || {}).t ?? 30, 40) };
    return Plotly.newPlot(box, spec.data, layout, config);
  };
  const failed = ({ box }) => { box.textContent = "This figure could not be drawn."; };
  const ready = Promise.all(figures.map((figure) => Promise.resolve().then(() => draw(figure)).catch((error) => {
    failed(figure);
    console.error(error);
  })));
  const repaint = () => figures.forEach(({ box, spec }) => box.data && Plotly.relayout(box, paint(spec.layout)));
  ready.then(() => {
    document.documentElement.dataset.ready = "true";
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  });
  const printed = (width) => figures.forEach(({ box, spec }) => box.data && Plotly.relayout(box, { ...paint(spec.layout), ...width }));
  const paper = matchMedia("print");
  paper.addEventListener("change", () => printed(paper.matches ? { width: 680, autosize: false } : { width: null, autosize: true }));

  const value = (cell) => {
    const text = cell.textContent.trim().replace(/[,%\s×x]/g, "").replace("−", "-");
    return text === "" || isNaN(text) ? cell.textContent.trim() : Number(text);
  };
  const order = (a, b) => typeof a === typeof b ? (typeof a === "number" ? a - b : a.localeCompare(b)) : (typeof a === "number" ? -1 : 1);
  const sort = (table, position, head) => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => (up ? 1 : -1) * order(value(a.cells[position]), value(b.cells[position])));
    table.tBodies[0].append(...rows);
  };
  document.querySelectorAll("main table").forEach((table) => {
    const heads = table.tHead && table.tHead.rows.length === 1 ? [...table.tHead.rows[0].cells] : [];
    const body = table.tBodies[0];
    if (!body || body.rows.length < 4 || [...body.rows].some((row) => row.cells.length !== heads.length)) return;
    heads.forEach((head, position) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent.trim() || "\u2116";
      button.title = "Sort by this column";
      if ([...body.rows].some((row) => row.cells[position].matches(".words, th"))) head.classList.add("words");
      head.replaceChildren(button);
      button.addEventListener("click", () => sort(table, position, head));
    });
  });

  const links = new Map([...document.querySelectorAll(".page-nav a")].map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "0px 0px -70% 0px" });
  links.forEach((_, id) => { const target = document.getElementById(id); if (target) watch.observe(target); });
})();
