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
  var said = document.getElementById("salinan");
  var heard, shown = new WeakMap();
  /* On the button for those who look at it, in the page's live region for those who listen. */
  function tell(button, done) {
    var timer = shown.get(button), own = timer ? timer.own : Array.from(button.childNodes);
    var icon = document.createElement("i");
    icon.className = "fa-solid me-2 " + (done ? "fa-check" : "fa-xmark");
    icon.setAttribute("aria-hidden", "true");
    button.replaceChildren(icon, done ? said.dataset.done : said.dataset.failed);
    if (timer) clearTimeout(timer.id);
    shown.set(button, { own: own, id: setTimeout(function () {
      button.replaceChildren.apply(button, own);
      shown.delete(button);
    }, 4000) });
    clearTimeout(heard);
    said.textContent = done ? said.dataset.done : said.dataset.help;
    said.className = done ? "visually-hidden" : "alert alert-danger position-fixed bottom-0 start-0 m-3";
    heard = setTimeout(function () { said.textContent = ""; said.className = "visually-hidden"; }, done ? 4000 : 8000);
  }
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.addEventListener("click", function () {
      var from = document.getElementById(button.dataset.copy);
      if (navigator.clipboard) navigator.clipboard.writeText(from.textContent).then(tell.bind(null, button, true), select);
      else select(); /* a browser has no clipboard for pages without TLS */
      function select() {
        var range = document.createRange();
        range.selectNodeContents(from);
        var chosen = window.getSelection();
        chosen.removeAllRanges();
        chosen.addRange(range);
        tell(button, document.execCommand("copy"));
      }
    });
  });
})();
