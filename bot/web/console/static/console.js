"use strict";
/* What every page does. Without it all of them still work, but for counting down. */
(function () {
  document.querySelectorAll("[data-offer]").forEach(function (form) {
    var ends = Date.now() + (Date.parse(form.dataset.until) - Date.parse(form.dataset.now));
    var shown = form.querySelector("[data-seconds]");
    var timer = setInterval(show, 1000);
    function show() {
      var left = Math.ceil((ends - Date.now()) / 1000);
      if (left <= 0) { clearInterval(timer); form.remove(); return; }
      shown.textContent = "(" + left + ")";
    }
    show();
  });
  document.querySelectorAll("form[data-confirm]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (!window.confirm(form.dataset.confirm)) event.preventDefault();
    });
  });
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.addEventListener("click", function () {
      var from = document.getElementById(button.dataset.copy);
      var text = "value" in from ? from.value : from.textContent;
      var done = function () { button.classList.add("copied"); };
      if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, select);
      else select();
      function select() {
        var range = document.createRange();
        range.selectNodeContents(from);
        var chosen = window.getSelection();
        chosen.removeAllRanges();
        chosen.addRange(range);
        if (document.execCommand("copy")) done();
      }
    });
  });
})();
