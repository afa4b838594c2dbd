// What a simulated day's events say of any moment: where each truck is, and the counters. Times: tenths of a second.
window.simulatedDay = (data) => {
  const HOUR = 36000;
  const trucks = data.trucks.map((flat) => {
    const kind = data.kinds[flat[0]];
    const truck = { channel: kind.channel, came: flat[1], leavesPark: Infinity, atBarrier: Infinity, entered: Infinity, out: Infinity, steps: [] };
    let at = 2;
    const next = (from) => {
      const length = flat[at];
      at += 1;
      return length === undefined || length < 0 ? Infinity : from + length;
    };
    truck.leavesPark = next(truck.came);
    let time = truck.atBarrier = next(truck.leavesPark);
    for (const stage of kind.route) {
      if (time === Infinity) break;
      const step = { stage, joins: time, starts: next(time), ends: Infinity, lane: -1, leaves: Infinity };
      if (step.starts !== Infinity) {
        step.ends = next(step.starts);
        step.lane = flat[at];
        at += 1;
        if (step.ends !== Infinity) step.leaves = next(step.ends);
      }
      truck.steps.push(step);
      time = step.leaves;
    }
    if (truck.steps.length) truck.entered = truck.steps[0].starts;
    if (truck.steps.length === kind.route.length) truck.out = time;
    return truck;
  });
  const through = trucks.filter((truck) => truck.out !== Infinity).sort((a, b) => a.out - b.out)
    .map((truck) => ({ out: truck.out, inside: truck.out - truck.entered }));

  // How many of those sorted by their way out are out at a time.
  function outBy(time) {
    let low = 0, high = through.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (through[middle].out <= time) low = middle + 1; else high = middle;
    }
    return low;
  }

  const place = { where: "", step: null };
  // Where a truck is: "park", "road", "line" or "lane" (with its step), or "" where it is not there.
  function placeOf(truck, time) {
    place.where = "";
    place.step = null;
    if (time < truck.came || time >= truck.out) return place;
    if (time < truck.leavesPark) { place.where = data.has_park ? "park" : "road"; return place; }
    if (time < truck.atBarrier) { place.where = "road"; return place; }
    for (const step of truck.steps) {
      if (time < step.leaves) {
        place.where = time < step.starts ? "line" : "lane";
        place.step = step;
        return place;
      }
    }
    return place;
  }

  function counters(time) {
    const found = { inside: 0, park: 0, waiting: 0, out: 0, p95: null, within: null };
    for (const truck of trucks) {
      if (truck.entered <= time && time < truck.out) found.inside += 1;
      const { where } = placeOf(truck, time);
      if (where === "park") found.park += 1;
      if (where === "line") found.waiting += 1;
    }
    const now = outBy(time), midnight = outBy(0);
    found.out = now - midnight;
    const lastHour = through.slice(outBy(time - HOUR), now).map((truck) => truck.inside).sort((a, b) => a - b);
    if (lastHour.length) found.p95 = lastHour[Math.max(0, Math.ceil(lastHour.length * 0.95 - 1e-9) - 1)];
    if (found.out > 0) found.within = through.slice(midnight, now).filter((truck) => truck.inside <= data.target).length / found.out;
    return found;
  }

  const isOpen = (lane, time) => lane.hours.some(([opens, closes]) => opens <= time && time < closes);
  const first = trucks.reduce((least, truck) => (truck.entered > 0 ? Math.min(least, truck.entered) : least), Infinity);
  return { trucks, placeOf, counters, isOpen, first: first === Infinity ? 0 : first };
};
