"use strict";
/* Chooses many duties at once and counts them. Without it each is chosen by itself. */
(function () {
  document.querySelectorAll("[data-handover]").forEach(function (list) {
    var boxes = Array.from(list.querySelectorAll("input[type=checkbox]:not(:disabled)"));
    var count = list.querySelector("[data-count]");
    list.querySelector("[data-tools]").hidden = false;
    function show() {
      var chosen = boxes.filter(function (box) { return box.checked; }).length;
      count.textContent = count.dataset.count + " " + chosen;
    }
    list.querySelectorAll("[data-choose]").forEach(function (button) {
      button.addEventListener("click", function () {
        var which = button.dataset.choose;
        boxes.forEach(function (box) {
          box.checked = which === "all" || (which === "due" && "due" in box.dataset);
        });
        show();
      });
    });
    list.addEventListener("change", show);
    show();
  });
})();
