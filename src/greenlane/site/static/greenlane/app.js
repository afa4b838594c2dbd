// Comfort only: every page works without this file.
document.documentElement.classList.add("js");

// <b data-countdown="SECONDS" data-speed="1">: counts down on the platform's clock, reloads at nought.
function countDown(element) {
  const started = performance.now();
  const total = Number(element.dataset.countdown);
  const speed = Number(element.dataset.speed || 1);
  const tick = () => {
    const left = Math.max(0, Math.ceil(total - ((performance.now() - started) / 1000) * speed));
    element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left > 0) setTimeout(tick, 250);
    else if (total > 0) setTimeout(() => location.reload(), 1500);
  };
  tick();
}

function prepare(root) {
  root.querySelectorAll("[data-countdown]").forEach(countDown);
  root.querySelector("[data-focus]")?.focus();
  root.querySelectorAll(".days [aria-current]").forEach((day) => {
    day.parentElement.scrollLeft = day.offsetLeft - day.parentElement.clientWidth / 2;
  });
}
prepare(document);
document.addEventListener("htmx:afterSwap", (event) => prepare(event.target));

// A second tap does nothing while the first is under way; the hidden key guards where this cannot.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.getAttribute("aria-busy") === "true") event.preventDefault();
  else form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy"));
});

// data-autosubmit: a choice is sent when it is made.
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-autosubmit]")) event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => (copy.textContent = copy.dataset.done));
  if (event.target.closest("[data-print]")) print();
  document.querySelectorAll("details.account[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
