"use strict";
/* The inbox: choosing all, counting the chosen, every instansi in each row's list. */
(function () {
  var bulk = document.getElementById("massal");
  if (!bulk) return;
  var boxes = Array.from(document.querySelectorAll('input[type="checkbox"][name="ids"]'));
  var count = bulk.querySelector("[data-count]");
  var all = bulk.querySelector("[data-all]");
  function chosen() {
    return boxes.filter(function (box) { return box.checked; }).length;
  }
  function show() { count.textContent = count.dataset.text + " " + chosen(); }
  boxes.forEach(function (box) { box.addEventListener("change", show); });
  all.addEventListener("click", function (event) {
    event.preventDefault();
    var check = chosen() < boxes.length;
    boxes.forEach(function (box) { box.checked = check; });
    show();
  });
  show();
  var offices = document.getElementById("massal-instansi");
  if (!offices) return;
  document.querySelectorAll("select[data-offices]").forEach(function (select) {
    var proposed = select.value;
    Array.from(offices.options).forEach(function (option) {
      if (option.value && option.value !== proposed) select.add(new Option(option.text, option.value));
    });
  });
  document.querySelectorAll("[data-needs-offices]").forEach(function (form) { form.hidden = false; });
})();
