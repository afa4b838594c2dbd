// The what-if page: sliders beside numbers, the answer asked for as they move, the state kept in the address.
(() => {
  const root = document.querySelector("[data-what-if]");
  if (!root) return;
  const form = root.querySelector("[data-controls]");
  const results = root.querySelector(".results");
  const refusal = document.querySelector("[data-refusal]");
  const preparing = document.querySelector("[data-preparing]");
  const PAUSE_MS = 120;
  let timer = 0;
  let asking = null;

  const controls = [...form.querySelectorAll("[data-control]")].map((element) => ({
    element,
    name: element.dataset.name,
    today: element.dataset.today,
    unit: Number(element.dataset.unit || 1),
    field: element.querySelector("[name]"),
    slider: element.querySelector("[type=range]"),
    reset: element.querySelector(".reset"),
  }));

  const isChanged = (control) => control.slider
    ? control.field.value !== "" && Number(control.field.value) !== Number(control.today)
    : control.field.value !== control.today;

  function text(control) {
    if (!control.slider) return `${control.name}=${control.field.value}`;
    return `${control.name}=${Number((Number(control.field.value) / control.unit).toFixed(6))}`;
  }

  function settings() {
    const set = controls.filter((control) => isChanged(control) && !control.element.closest("[hidden]")).map(text);
    const others = form.querySelector("[data-others]").value;
    return others ? [...set, others] : set;
  }

  function address() {
    const parts = [`day=${form.elements.day.value}`];
    const set = settings().join(",");
    if (set) parts.push(`set=${encodeURIComponent(set).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%40/g, "@").replace(/%3D/g, "=")}`);
    for (const name of ["replications", "seed"]) if (form.elements[name]) parts.push(`${name}=${form.elements[name].value}`);
    return parts.join("&");
  }

  function mark() {
    for (const control of controls) {
      control.element.classList.toggle("changed", isChanged(control));
      if (control.reset) control.reset.hidden = !isChanged(control);
    }
    form.querySelectorAll(".stage-controls").forEach((stage) => {
      stage.querySelector("[data-values]").textContent = [...stage.querySelectorAll("[type=number]")].map((field) => field.value).join(" · ");
    });
    const rule = form.elements["call_up.rule"]?.value;
    form.querySelectorAll("[data-for-rule]").forEach((part) => { part.hidden = part.dataset.forRule !== rule; });
  }

  function keepState() {
    const query = address();
    history.replaceState(null, "", `?${query}`);
    document.querySelectorAll("[data-with-query]").forEach((link) => { link.href = `${link.dataset.withQuery}?${query}`; });
    document.querySelectorAll("[data-set]").forEach((field) => { field.value = settings().join(","); });
    return query;
  }

  function show(answer) {
    root.querySelector("[data-summary]").innerHTML = answer.summary;
    root.querySelector("[data-tables]").innerHTML = answer.tables;
    window.whatIfCharts.draw(answer);
  }

  function say(message) {
    refusal.textContent = message || "";
    refusal.hidden = !message;
  }

  // The last question wins: one that is still on its way is given up.
  async function ask(query) {
    asking?.abort();
    const mine = asking = new AbortController();
    const slow = setTimeout(() => results.classList.add("busy"), 200);
    try {
      const answer = await fetch(`${root.dataset.answer}&${query}`, { signal: mine.signal, credentials: "same-origin" });
      if (answer.redirected) { location.reload(); return; }
      const told = await answer.json();
      if (mine.signal.aborted) return;
      preparing.hidden = answer.status !== 503;
      if (answer.status === 503) { timer = setTimeout(() => ask(query), 1000 * Number(answer.headers.get("Retry-After") || 2)); return; }
      say(answer.ok ? "" : [told.message, told.mend].filter(Boolean).join(" "));
      if (answer.ok) show(told);
      root.dataset.shows = answer.ok ? query : "";
    } catch (error) {
      if (error.name !== "AbortError" && mine === asking) timer = setTimeout(() => ask(query), 3000);
    } finally {
      clearTimeout(slow);
      if (mine === asking) results.classList.remove("busy");
    }
  }

  function changed() {
    mark();
    const query = keepState();
    clearTimeout(timer);
    timer = setTimeout(() => ask(query), PAUSE_MS);
  }

  for (const control of controls) {
    control.field.addEventListener("input", () => {
      if (control.slider && control.field.value !== "") control.slider.value = control.field.value;
      changed();
    });
    control.slider?.addEventListener("input", () => {
      control.field.value = control.slider.value;
      changed();
    });
    control.reset?.addEventListener("click", () => {
      control.field.value = control.slider.value = control.today;
      changed();
      control.field.focus();
    });
  }
  form.elements.day.addEventListener("change", () => { if (form.elements.day.value) location.search = address(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); changed(); });

  if (matchMedia("(min-width: 64rem)").matches) form.querySelectorAll(".stage-controls").forEach((stage) => { stage.open = true; });
  mark();
  if (!preparing.hidden) ask(address());
  else root.dataset.shows = address();
})();
