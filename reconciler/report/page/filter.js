"use strict";
(() => {
  const box = document.getElementById("filter");
  const told = document.getElementById("filtered");
  const rows = [...document.querySelectorAll("[data-filter]")];
  const parts = [...document.querySelectorAll("[data-part]")];
  if (!box || !rows.length) return;
  box.closest("form").hidden = false;
  const look = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    for (const part of parts) {
      part.hidden = words.length > 0 && !part.querySelector("[data-filter]:not([hidden])");
    }
    told.textContent = words.length ? `${shown} of ${rows.length} shown` : "";
  };
  box.addEventListener("input", look);
  box.closest("form").addEventListener("submit", (event) => event.preventDefault());
})();
