"use strict";
(function () {
  var form = document.getElementById("filter");
  if (form) {
    var all = Array.from(document.querySelectorAll("article.finding"));
    var apply = function () {
      var severities = Array.from(form.querySelectorAll("[name=severity]:checked"), function (box) { return box.value; });
      var rule = form.elements.rule.value;
      var service = form.elements.service.value;
      var text = form.elements.text.value.trim().toLowerCase();
      var shown = 0;
      all.forEach(function (finding) {
        var data = finding.dataset;
        var fits = severities.includes(data.severity) && (!rule || data.rule === rule)
          && (!service || data.services.split("\n").includes(service))
          && (!text || finding.textContent.toLowerCase().includes(text));
        finding.hidden = !fits;
        if (fits) { shown += 1; }
      });
      document.getElementById("shown").textContent = shown + " of " + all.length + " shown";
    };
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    apply();
  }
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not(.more)").forEach(function (part) { part.open = true; });
  });
}());
