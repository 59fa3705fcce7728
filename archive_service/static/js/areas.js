// Areas that are drawn on the picture of a page.
export const SIDES = ["left", "top", "width", "height"];
export const LEAST = 0.3; // percent; less is a press, not an area

/** Gives the area between two points of this picture, in percent of it and within it. */
export function areaOn(picture) {
  return (one, other) => {
    const frame = picture.getBoundingClientRect();
    const part = (at, from, whole) => Math.min(Math.max(((at - from) / whole) * 100, 0), 100);
    const across = [one, other].map((at) => part(at.clientX, frame.left, frame.width)).sort((a, b) => a - b);
    const down = [one, other].map((at) => part(at.clientY, frame.top, frame.height)).sort((a, b) => a - b);
    return [across[0], down[0], across[1] - across[0], down[1] - down[0]];
  };
}
