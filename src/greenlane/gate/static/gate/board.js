// The live board: fetches its parts on a hint of the event stream, every 15 seconds without one.
(() => {
  const board = document.getElementById("board");
  if (!board) return;
  let busy = false;
  let again = false;

  const inUse = (part) => part.contains(document.activeElement) && document.activeElement !== document.body
    || part.querySelector("details[open]") !== null;

  function show(html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    for (const part of fresh.content.querySelectorAll("[data-part]")) {
      const old = board.querySelector(`[data-part="${part.dataset.part}"]`);
      if (old && !inUse(old)) old.replaceWith(part);
    }
  }

  function mark(connected) {
    board.querySelectorAll("[data-live]").forEach((pill) => { pill.hidden = !connected; });
    board.querySelectorAll("[data-stale]").forEach((pill) => { pill.hidden = connected; });
  }

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(board.dataset.board, { credentials: "same-origin" });
      if (answer.redirected || answer.status === 403) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      mark(true);
    } catch {
      mark(false);
    } finally {
      busy = false;
      if (again) { again = false; setTimeout(refresh, 300); }
    }
  }

  setInterval(refresh, 15000);
  if ("EventSource" in window) new EventSource(board.dataset.stream).addEventListener("board", refresh);
  mark(true);
})();
