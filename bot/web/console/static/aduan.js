"use strict";
/* A strip of days shows today first; without this it begins at its beginning. */
(function () {
  function show(box) {
    var today = box.querySelector(".strip-mark-hari-ini, .strip-mark-berhenti");
    var cell = today && today.closest("td");
    if (cell) box.scrollLeft = cell.offsetLeft - box.clientWidth / 2;
  }
  document.querySelectorAll(".strip-box").forEach(function (box) {
    show(box);
    box.closest("details").addEventListener("toggle", function () { show(box); });
  });
})();
