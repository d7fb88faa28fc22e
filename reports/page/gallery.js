(() => {
  "use strict";
  const search = document.getElementById("search");
  const kind = document.getElementById("kind");
  const count = document.getElementById("count");
  const cards = [...document.querySelectorAll(".card")];
  const texts = cards.map((card) => card.textContent.toLowerCase());
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    cards.forEach((card, position) => {
      const fits = (!kind.value || card.dataset.kind === kind.value) && words.every((word) => texts[position].includes(word));
      card.hidden = !fits;
      card.style.display = fits ? "" : "none";
      shown += fits;
    });
    count.textContent = `${shown} of ${cards.length}`;
  };
  search.addEventListener("input", show);
  kind.addEventListener("change", show);
  show();
})();
