"use strict";
(() => {
  const dialog = document.getElementById("large");
  const shown = dialog.querySelector("img");

  /* The page carries its pictures: saving one needs no file beside it. */
  const saved = (link, image) => {
    const [head, content] = image.src.split(",");
    const kind = head.slice(5, head.indexOf(";"));
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    link.href = URL.createObjectURL(new Blob([bytes], { type: kind }));
    link.download = image.dataset.file.replace(/^.*\/|\.png$/g, "") + (kind === "image/jpeg" ? ".jpg" : ".png");
  };

  const enlarged = (figure, image) => {
    dialog.className = figure.className;
    shown.src = image.src;
    shown.alt = image.alt;
    dialog.showModal();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.zoom, a[data-figure]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const figure = link.closest("figure");
    const image = figure.querySelector("img");
    if (link.matches(".zoom")) {
      event.preventDefault();
      enlarged(figure, image);
    } else {
      saved(link, image);
    }
  });
  dialog.addEventListener("click", () => dialog.close());
  /* A link to something inside a fold opens it. */
  const unfold = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const fold = target && target.closest("details");
    if (fold) fold.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();
})();
