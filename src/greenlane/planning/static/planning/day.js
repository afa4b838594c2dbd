// A simulated day on a board: plays events on a canvas, band by band from the park to the exit barrier.
(() => {
  const root = document.querySelector("[data-day]");
  if (!root) return;
  const part = (name) => root.querySelector(`[data-${name}]`);
  const canvas = part("canvas"), pen = canvas.getContext("2d");
  const names = JSON.parse(document.getElementById("stage-names").textContent);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const language = document.documentElement.lang || "en";
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: root.dataset.zone });
  const TRUCK = { width: 15, height: 8, gap: 3 }, CELL = { width: 34, height: 22, gap: 4 };
  let scale = 1;
  const MINUTE = 600;
  let data, day, time = 0, playing = false, last = 0, bands = [], width = 0, height = 0, colours = {}, x, y, is = [], isMoved = true;

  const timeText = (tenths) => clock.format(new Date((Number(root.dataset.midnight) + tenths / 10) * 1000));
  const clockText = (tenths) => `${Math.floor(tenths / MINUTE)}:${String(Math.floor((tenths % MINUTE) / 10)).padStart(2, "0")}`;
  const percent = (share) => `${(Math.floor(share * 1000) / 10).toLocaleString(language, { minimumFractionDigits: 1 })} %`;

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["text", "soft", "line", "edge", "surface", "sunk", "raised", "accent", "warn", "bad", "info"]) colours[name] = style.getPropertyValue(`--${name}`).trim();
    colours.font = getComputedStyle(document.body).fontFamily;
  }

  // Bands from top to bottom: park and road, then each stage with its line at the left and its lanes at the right.
  function layOut() {
    width = canvas.parentElement.clientWidth;
    scale = width > 900 ? 1.45 : 1;
    Object.assign(TRUCK, { width: 15 * scale, height: 8 * scale });
    Object.assign(CELL, { width: 34 * scale, height: 22 * scale });
    const isNarrow = width < 640, label = isNarrow ? 0 : width > 900 ? 250 : 170, head = isNarrow ? 20 : 4;
    let top = 0;
    const lineWidth = Math.round((width - label) * (isNarrow ? 0.34 : 0.4));
    bands = [];
    const band = (kind, stage, lanes) => {
      const left = label + lineWidth + 12, perRow = Math.max(1, Math.floor((width - left + CELL.gap - 2) / (CELL.width + CELL.gap)));
      const rows = Math.max(1, Math.ceil(lanes.length / perRow));
      const inner = kind === "outside" ? (data.has_park ? 46 * scale : 14) : Math.max(rows * (CELL.height + CELL.gap), 30);
      const made = { kind, stage, top, head, label, inner, height: head + inner + 8, lineLeft: label + 6, lineRight: label + lineWidth, cells: new Map() };
      lanes.forEach((lane, place) => made.cells.set(lane, {
        x: left + (place % perRow) * (CELL.width + CELL.gap), y: top + head + 4 + Math.floor(place / perRow) * (CELL.height + CELL.gap),
      }));
      top += made.height;
      bands.push(made);
    };
    band("outside", -1, []);
    data.stages.forEach((code, stage) => band("stage", stage, data.lanes.flatMap((lane, number) => (lane.stages[0] === stage ? [number] : []))));
    height = top;
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    is.fill(false);
  }

  function write(text, atX, atY, colour, font = "13px", align = "left") {
    pen.fillStyle = colour;
    pen.font = `${font} ${colours.font}`;
    pen.textAlign = align;
    pen.fillText(text, atX, atY);
  }

  function box(atX, atY, boxWidth, boxHeight, radius) {
    pen.beginPath();
    pen.roundRect(atX, atY, boxWidth, boxHeight, radius);
  }

  function drawBands(waiting, park, road) {
    for (const band of bands) {
      if (band.top > 0) { pen.fillStyle = colours.line; pen.fillRect(0, band.top, width, 1); }
      const atY = band.label ? band.top + band.height / 2 + 5 : band.top + 15;
      if (band.kind === "outside") {
        const told = data.has_park ? `${root.dataset.park} ${park} · ${root.dataset.road} ${road}` : `${root.dataset.road} ${road}`;
        write(told, 6, atY, colours.text, "600 13px");
        continue;
      }
      write(fitted(names[data.stages[band.stage]], band.label || width - 60), 6, atY, colours.text, "600 13px");
      if (waiting[band.stage]) {
        const at = band.label ? band.label - 2 : width - 6;
        write(String(waiting[band.stage]), at, atY, waiting[band.stage] > 3 ? colours.warn : colours.soft, "700 13px", "right");
      }
    }
  }

  const fits = new Map();
  function fitted(text, room) {
    const key = `${text}|${room}`;
    if (!fits.has(key)) {
      pen.font = `600 13px ${colours.font}`;
      let kept = text;
      while (kept.length > 3 && pen.measureText(kept).width > room - 30) kept = `${kept.slice(0, -2).trimEnd()}…`;
      fits.set(key, kept);
    }
    return fits.get(key);
  }

  function drawLanes(busy) {
    for (const band of bands) {
      for (const [number, cell] of band.cells) {
        const lane = data.lanes[number], isOpen = day.isOpen(lane, time);
        box(cell.x, cell.y, CELL.width, CELL.height, 5);
        pen.fillStyle = isOpen ? colours.raised : colours.sunk;
        pen.fill();
        pen.lineWidth = isOpen || busy.has(number) ? 1.5 : 1;
        pen.setLineDash(isOpen || busy.has(number) ? [] : [3, 3]);
        pen.strokeStyle = busy.has(number) ? colours.accent : isOpen ? colours.edge : colours.line;
        pen.stroke();
        pen.setLineDash([]);
        if (!busy.has(number)) write(lane.code, cell.x + CELL.width / 2, cell.y + CELL.height / 2 + 4, isOpen ? colours.soft : colours.edge, scale > 1 ? "12px" : "10px", "center");
        if (!isOpen && !busy.has(number)) { pen.fillStyle = colours.edge; pen.fillRect(cell.x + 6, cell.y + CELL.height / 2, CELL.width - 12, 1); }
      }
    }
  }

  function drawTruck(atX, atY, channel, isOver) {
    const colour = channel === "red" ? colours.bad : channel === "amber" ? colours.warn : colours.accent;
    box(atX, atY, TRUCK.width, TRUCK.height, 2);
    pen.fillStyle = colour;
    pen.fill();
    // Stripes tell the channel without the colour: none green, one amber, two red.
    pen.fillStyle = colours.surface;
    if (channel === "amber") pen.fillRect(atX + 7 * scale, atY, 2, TRUCK.height);
    if (channel === "red") { pen.fillRect(atX + 4 * scale, atY, 2, TRUCK.height); pen.fillRect(atX + 9 * scale, atY, 2, TRUCK.height); }
    if (isOver) {
      pen.lineWidth = 1.5;
      pen.strokeStyle = colours.text;
      box(atX - 1.5, atY - 1.5, TRUCK.width + 3, TRUCK.height + 3, 3);
      pen.stroke();
    }
  }

  // The place in a line: from its head at the right to the left, then the next row; none where it is full.
  function inLine(band, place) {
    const step = TRUCK.width + TRUCK.gap, perRow = Math.max(1, Math.floor((band.lineRight - band.lineLeft) / step));
    const rows = Math.max(1, Math.floor(band.inner / (TRUCK.height + 3)));
    if (place >= perRow * rows) return null;
    const row = Math.floor(place / perRow);
    return [band.lineRight - ((place % perRow) + 1) * step, band.top + band.head + 4 + row * (TRUCK.height + 3)];
  }

  // The park's places in rows; those on the road go from the park's edge to the barrier below.
  function inPark(band, place) {
    const step = TRUCK.width + TRUCK.gap, perRow = Math.max(1, Math.floor((width * 0.55 - band.label) / step));
    const rows = Math.max(1, Math.floor(band.inner / (TRUCK.height + 3)));
    if (place >= perRow * rows) return null;
    return [(band.label || 6) + (place % perRow) * step, band.top + band.head + 3 + Math.floor(place / perRow) * (TRUCK.height + 3)];
  }

  function onRoad(band, truck) {
    const left = width * 0.58, share = (time - truck.leavesPark) / Math.max(1, truck.atBarrier - truck.leavesPark);
    return [left + Math.min(1, Math.max(0, share)) * (width - left - TRUCK.width - 8), band.top + band.head + band.inner / 2 - 4];
  }

  function draw(seconds) {
    pen.clearRect(0, 0, width, height);
    const waiting = data.stages.map(() => 0), busy = new Set(), lines = data.stages.map(() => []);
    let park = 0, road = 0;
    const targets = [];
    // A line longer than there is room for is told by its number alone.
    const stand = (number, spot) => { if (spot) targets.push([number, ...spot]); else is[number] = false; };
    day.trucks.forEach((truck, number) => {
      const { where, step } = day.placeOf(truck, time);
      if (!where) { is[number] = false; return; }
      if (where === "park") stand(number, inPark(bands[0], park++));
      else if (where === "road") { road += 1; stand(number, onRoad(bands[0], truck)); }
      else if (where === "line") { waiting[step.stage] += 1; lines[step.stage].push([step.joins, number]); }
      else {
        busy.add(step.lane);
        const cell = bands.find((band) => band.cells.has(step.lane)).cells.get(step.lane);
        const share = Math.min(1, (time - step.starts) / Math.max(1, step.ends - step.starts));
        targets.push([number, cell.x + 3 + share * (CELL.width - TRUCK.width - 6), cell.y + (CELL.height - TRUCK.height) / 2]);
      }
    });
    lines.forEach((line, stage) => line.sort((a, b) => a[0] - b[0]).forEach(([, number], place) => stand(number, inLine(bands[stage + 1], place))));
    drawBands(waiting, park, road);
    drawLanes(busy);
    // Trucks glide to where they are; not where motion is unwelcome, nor after a leap in time.
    const share = isStill || isMoved ? 1 : 1 - Math.exp(-seconds * 12);
    for (const [number, atX, atY] of targets) {
      if (!is[number] || share === 1) { x[number] = atX; y[number] = atY; is[number] = true; }
      else { x[number] += (atX - x[number]) * share; y[number] += (atY - y[number]) * share; }
      const truck = day.trucks[number];
      drawTruck(x[number], y[number], truck.channel, truck.entered <= time && time - truck.entered > data.target);
    }
    isMoved = false;
    count();
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function count() {
    const found = day.counters(time);
    put(part("clock"), timeText(time));
    put(part("inside"), String(found.inside));
    put(part("park-count"), String(found.park));
    put(part("out"), String(found.out));
    put(part("p95"), found.p95 === null ? "–" : clockText(found.p95));
    put(part("within"), found.within === null ? "–" : percent(found.within));
    const slider = part("at"), minute = String(Math.floor(time / MINUTE));
    if (slider.value !== minute) slider.value = minute;
    slider.setAttribute("aria-valuetext", timeText(time).slice(0, 5));
  }

  // For those who do not see the board: the counters in words, once it stands still.
  function tell() {
    const said = [...root.querySelectorAll(".board-stats > div")].map((each) => `${each.querySelector("dt").textContent}: ${each.querySelector("dd").textContent}`);
    put(part("told"), [timeText(time).slice(0, 5), ...said].join(". "));
  }

  function step(now) {
    if (!playing) return;
    const seconds = Math.min(0.1, (now - last) / 1000);
    last = now;
    time = Math.min(data.tenths, time + seconds * 10 * Number(part("speed").value));
    draw(seconds);
    if (time >= data.tenths) play(false);
    else requestAnimationFrame(step);
  }

  function play(wanted) {
    if (wanted && time >= data.tenths) leap(0);
    playing = wanted;
    const button = part("play");
    button.setAttribute("aria-pressed", String(playing));
    button.querySelector('[data-when="paused"]').hidden = playing;
    button.querySelector('[data-when="playing"]').hidden = !playing;
    if (playing) { last = performance.now(); requestAnimationFrame(step); } else tell();
  }

  function leap(to) {
    time = to;
    isMoved = true;
    draw(0);
    if (!playing) tell();
  }

  function begin() {
    day = window.simulatedDay(data);
    x = new Float32Array(day.trucks.length);
    y = new Float32Array(day.trucks.length);
    is = new Array(day.trucks.length).fill(false);
    part("at").max = String(data.tenths / MINUTE);
    readColours();
    layOut();
    leap(Math.max(0, Math.floor(day.first / MINUTE) * MINUTE));
    part("play").addEventListener("click", () => play(!playing));
    part("at").addEventListener("input", () => leap(Number(part("at").value) * MINUTE));
    addEventListener("resize", () => { if (canvas.parentElement.clientWidth !== width) { layOut(); leap(time); } });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); leap(time); });
    root.dataset.ready = "";
    if (!isStill) play(true);
  }

  async function load() {
    const preparing = document.querySelector("[data-preparing]"), refusal = document.querySelector("[data-refusal]");
    try {
      const answer = await fetch(root.dataset.day, { credentials: "same-origin" });
      if (answer.redirected) { location.reload(); return; }
      preparing.hidden = answer.status !== 503;
      if (answer.status === 503) { setTimeout(load, 1000 * Number(answer.headers.get("Retry-After") || 2)); return; }
      const told = await answer.json();
      refusal.hidden = answer.ok;
      if (!answer.ok) { refusal.textContent = [told.message, told.mend].filter(Boolean).join(" "); return; }
      data = told;
    } catch {
      refusal.textContent = root.dataset.failed;
      refusal.hidden = false;
      return;
    }
    begin();
  }

  load();
})();
