"use strict";
/* Dragging an export in, and watching it being read. Without it the form and the page work, too. */
(function () {
  document.querySelectorAll("[data-impor]").forEach(function (form) {
    var input = form.querySelector("input[type=file]");
    var depth = 0;
    var wrong = form.querySelector("[data-too-large]");
    /* Before minutes are spent on sending it. */
    function fits() {
      var file = input.files[0], large = Boolean(file) && file.size > Number(form.dataset.most);
      wrong.hidden = !large;
      input.setAttribute("aria-invalid", String(large));
      input.setAttribute("aria-describedby", large ? "berkas-error berkas-hint" : "berkas-hint");
      return !large;
    }
    input.addEventListener("change", fits);
    function over(on) { form.classList.toggle("impor-over", on); }
    form.addEventListener("dragenter", function (event) { event.preventDefault(); depth += 1; over(true); });
    form.addEventListener("dragover", function (event) { event.preventDefault(); });
    form.addEventListener("dragleave", function () { depth -= 1; if (depth <= 0) { depth = 0; over(false); } });
    form.addEventListener("drop", function (event) {
      event.preventDefault();
      depth = 0;
      over(false);
      if (!event.dataTransfer || !event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      form.requestSubmit();
    });
    form.addEventListener("submit", function (event) {
      if (!fits()) { event.preventDefault(); input.focus(); return; }
      var button = form.querySelector("button");
      button.classList.add("btn-loading");
      window.setTimeout(function () { button.disabled = true; }, 0);
    });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-impor] button").forEach(function (button) {
      button.classList.remove("btn-loading");
      button.disabled = false;
    });
  });
  document.querySelectorAll("[data-watch]").forEach(function (place) {
    var said = place.querySelector("[data-told]");
    var bar = place.parentNode.querySelector("[data-bar]");
    function look() {
      fetch(place.dataset.watch, { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
        .then(function (now) {
          if (said.textContent !== now.told) said.textContent = now.told;
          if (now.over) { window.setTimeout(function () { window.location.reload(); }, 300); return; }
          if (bar && now.total) { bar.max = now.total; bar.value = now.done; }
          window.setTimeout(look, 700);
        })
        .catch(function () { window.setTimeout(look, 3000); });
    }
    window.setTimeout(look, 700);
  });
})();
