"use strict";
/* What was typed is not lost: a form that was refused, or that came after the session had ended, is
   filled in again. Kept for this tab and user until the next page; no password, name or number of a
   reporter is kept: the page says where one has to be given again. A form that is on its way is not
   sent a second time. */
(function () {
  var KEPT = "ingat-ketikan";
  var SKIPPED = ["hidden", "password", "file", "tel", "submit", "button"];
  var main = document.getElementById("utama");
  var user = main ? main.dataset.user : undefined;
  function fields(form) {
    return Array.from(form.elements).filter(function (field) {
      return field.name && SKIPPED.indexOf(field.type) < 0 && !("unkept" in field.dataset);
    });
  }
  /* Fields for a reporter's name and number. */
  function unkept(form) {
    return Array.from(form.elements).filter(function (field) {
      return field.name && (field.type === "tel" || "unkept" in field.dataset);
    });
  }
  function ticked(field) { return field.type === "checkbox" || field.type === "radio"; }
  /* Which of the page's forms it is: its address, and what it is about. */
  function named(form) {
    var about = Array.from(form.querySelectorAll('input[type="hidden"]')).filter(function (field) {
      return ["ids", "permintaan", "kata"].indexOf(field.name) >= 0;
    });
    return form.getAttribute("action") + about.map(function (field) { return " " + field.value; }).join("");
  }
  function forget() { window.sessionStorage.removeItem(KEPT); }
  function keep(form) {
    var values = fields(form).map(function (field) {
      return [field.name, ticked(field) ? field.value : null, ticked(field) ? field.checked : field.value];
    });
    if (values.length === 0) { forget(); return; }
    var lost = unkept(form).filter(function (field) { return field.value; }).map(function (field) { return field.name; });
    window.sessionStorage.setItem(KEPT, JSON.stringify(
      { user: user, path: window.location.pathname, form: named(form), values: values, lost: lost }
    ));
  }
  function fill(form, values) {
    fields(form).forEach(function (field) {
      values.forEach(function (one) {
        if (one[0] !== field.name || (ticked(field) && one[1] !== field.value)) return;
        if (ticked(field)) field.checked = one[2]; else field.value = one[2];
        field.dispatchEvent(new Event("change", { bubbles: true }));
        if (ticked(field) ? !field.checked : !field.value) return;
        for (var box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
      });
    });
  }
  /* Says that a name or a number has to be given again, and leads to where. After a refusal the page
     itself shows what was typed; after the login at best what was there before. */
  function miss(form, kept) {
    var said = form.querySelector("[data-unkept-said]");
    var first = unkept(form).find(function (field) {
      return kept.lost.indexOf(field.name) >= 0 && (kept.away || !field.value);
    });
    if (!said || !first) return;
    said.hidden = false;
    first.setAttribute("aria-describedby", said.id + " " + (first.getAttribute("aria-describedby") || ""));
    first.focus();
  }
  function restore() {
    var kept = JSON.parse(window.sessionStorage.getItem(KEPT) || "null");
    if (kept === null) return;
    if (user === undefined) {
      kept.away = true; /* the login, on the way back */
      window.sessionStorage.setItem(KEPT, JSON.stringify(kept));
      return;
    }
    forget();
    if (kept.user !== user || (kept.path + "/").indexOf(window.location.pathname + "/") !== 0) return;
    if (!kept.away && !main.querySelector('.alert-danger[role="alert"]')) return;
    Array.from(document.forms).some(function (form) {
      if (named(form) !== kept.form) return false;
      fill(form, kept.values);
      miss(form, kept);
      return true;
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(function () { delete form.dataset.sent; }, 4000);
    if (user !== undefined) try { keep(form); } catch (_error) { /* no room, or not allowed */ }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });
  try { restore(); } catch (_error) { forget(); }
})();
