(() => {
  "use strict";
  const box = document.getElementById("run");
  const badge = document.getElementById("run-status");
  const bar = document.getElementById("run-progress");
  const units = document.getElementById("run-units");
  if (!box || !badge || !bar || !units) return;
  const plain = new Intl.NumberFormat("en-US");
  let pause = 1000;
  const show = (run) => {
    badge.textContent = run.status;
    badge.className = `badge ${run.status}`;
    if (run.progress_total > 0) {
      bar.max = run.progress_total;
      bar.value = run.progress_done;
      units.textContent = `${plain.format(run.progress_done)} of ${plain.format(run.progress_total)}`;
    } else {
      units.textContent = run.status === "queued" ? "waiting for a worker" : "started";
    }
  };
  const look = async () => {
    try {
      const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (answer.status === 401 || answer.status === 403 || answer.status === 404) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const run = await answer.json();
      if (run.status !== "queued" && run.status !== "running") return location.reload();
      show(run);
      pause = Math.min(5000, pause * 1.1);
    } catch {
      units.textContent = "no connection; trying again";
      pause = 5000;
    }
    setTimeout(look, document.hidden ? 10000 : pause);
  };
  setTimeout(look, pause);
})();
