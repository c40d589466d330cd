// Where everything lies when some folds are open. Each level (the whole, or the inside of a fold) comes laid out with its
// folds closed. An open fold needs more room than its box: the columns and rows that the box takes are stretched, so that
// what lies beside it moves aside, in the order in which it lay.
const room = (() => {
  const SIDE = 14;
  const TOP = 30;

  // x ↦ where it lies once every interval [from, to] is `times` as long; where intervals overlap, the longest counts.
  function stretched(intervals) {
    const cuts = [...new Set(intervals.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
    const pieces = cuts.slice(0, -1).map((from, k) => {
      const middle = (from + cuts[k + 1]) / 2;
      const here = intervals.filter((each) => each.from <= middle && middle <= each.to);
      return { from, to: cuts[k + 1], times: Math.max(1, ...here.map((each) => each.times)) };
    });
    return (x) => x + pieces.reduce((more, { from, to, times }) => more + (times - 1) * Math.max(0, Math.min(x, to) - from), 0);
  }

  // levels: see Stage.data in stage.py. sizes: of each closed box [width, height]. isOpen: of the number of a fold.
  function room(levels, sizes, isOpen) {
    const inside = new Map(levels.map((level) => [level.fold, level]));
    const found = { boxes: new Map(), frames: new Map(), links: new Map() };

    function arranged(level) {
      const areas = new Map();
      for (const key of Object.keys(level.items)) {
        const fold = key[0] === 'f' ? Number(key.slice(1)) : -1;
        if (fold >= 0 && isOpen(fold)) areas.set(key, framed(arranged(inside.get(fold)), fold));
      }
      const interval = (key, axis) => {
        const [middle, closed] = [level.items[key][axis], sizes.get(key)[axis]];
        const open = areas.get(key).size[axis];
        return { from: middle - closed / 2, to: middle + closed / 2, times: Math.max(1, open / closed) };
      };
      const maps = [0, 1].map((axis) => stretched([...areas.keys()].map((key) => interval(key, axis))));
      return { level, areas, maps, size: level.size.map((length, axis) => maps[axis](length)) };
    }

    function framed(area, fold) {
      const title = sizes.get(`title${fold}`) + 2 * SIDE;
      area.left = Math.max(SIDE, (title - area.size[0]) / 2);
      area.inner = area.size;
      area.size = [area.size[0] + 2 * area.left, area.size[1] + TOP + SIDE];
      return area;
    }

    // Where the value of a node comes into an area, or leaves it: how far from the area's top.
    const port = (area, key) => TOP + area.maps[1](area.level.items[key][1]);

    function put(area, left, top) {
      const { level, areas, maps } = area;
      const map = ([x, y]) => [left + maps[0](x), top + maps[1](y)];
      const middles = {};
      for (const [key, place] of Object.entries(level.items)) {
        middles[key] = map(place);
        const inner = areas.get(key);
        if (inner) {
          const corner = [middles[key][0] - inner.size[0] / 2, middles[key][1] - inner.size[1] / 2];
          inner.corner = corner;
          found.frames.set(Number(key.slice(1)), [...corner, ...inner.size]);
          put(inner, corner[0] + inner.left, corner[1] + TOP);
        } else if (key[0] === 'n' || key[0] === 'f') found.boxes.set(key, middles[key]);
      }
      for (const [id, tail, head, source, flat] of level.links) {
        const old = [];
        for (let k = 0; k < flat.length; k += 2) old.push([flat[k], flat[k + 1]]);
        const last = old.length - 1;
        const end = (key, side, point) => {
          const inner = areas.get(key);
          if (inner) return [inner.corner[0] + (side === 'o' ? inner.size[0] : 0), inner.corner[1] + port(inner, `${side}${source}`)];
          return [middles[key][0] + point[0] - level.items[key][0], middles[key][1] + point[1] - level.items[key][1]];
        };
        // Up and down, a line's ends follow its boxes; from where the boxes ended it goes straight on to where they end.
        const points = old.map(map);
        const lift = (by, ...moved) => moved.forEach((k) => { points[k] = [points[k][0], points[k][1] + by]; });
        const [from, to] = [end(tail, 'o', old[0]), end(head, 'i', old[last])];
        if (tail[0] === 'i') from[0] = left - area.left;
        if (head[0] === 'o') to[0] = left + area.inner[0] + area.left;
        lift(from[1] - points[0][1], 0, 1);
        lift(to[1] - points[last][1], last - 1, last);
        found.links.set(id, [...straight(from, points[0]), ...points, ...straight(to, points[last]).reverse()]);
      }
    }

    const straight = ([x1, y1], [x2]) => (Math.abs(x2 - x1) < 1 ? [] : [[x1, y1], [x1 + (x2 - x1) / 3, y1], [x2 - (x2 - x1) / 3, y1]]);

    const whole = arranged(inside.get(-1));
    put(whole, 0, 0);
    return { ...found, size: whole.size };
  }

  return room;
})();
