"""What is wrong with a page as a browser shows it: pale, small, too wide, lost to a keyboard.

Colours are those that the browser computed, boxes those that it laid out.
"""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.test_simulator import WIDER

SMALL = """() => [...document.querySelectorAll(
    "main :is(a.btn, button, select, textarea, input, :is(h2, h3, h4) a)")]
    .filter(e => e.checkVisibility() && !e.disabled)
    .filter(e => !["hidden", "checkbox", "radio"].includes(e.type))
    .filter(e => e.getBoundingClientRect().height < 36)
    .map(e => `${Math.round(e.getBoundingClientRect().height)} px: ${e.outerHTML.slice(0, 120)}`)"""
"""What a thumb would miss; Tabler's own fields are 36 to 40 px high."""
CONTRAST = """
  const point = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const known = new Map();
  const parse = (text) => {  // whatever way it is written: rgb(), color(), oklab()
    if (!known.has(text)) {
      point.clearRect(0, 0, 1, 1);
      point.fillStyle = text;
      point.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = point.getImageData(0, 0, 1, 1).data;
      known.set(text, [r, g, b, a / 255]);
    }
    return known.get(text);
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
  const ground = (e) => {
    if (e === null) return [255, 255, 255];
    const own = parse(getComputedStyle(e).backgroundColor);
    return own[3] >= 1 ? own.slice(0, 3) : over(own, ground(e.parentElement));
  };
  const light = (c) => {
    const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (colour, below) => {
    const [one, two] = [light(over(parse(colour), below)), light(below)];
    return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  };
"""
PALE = f"""() => {{{CONTRAST}
  const unseen = "[disabled], .disabled, .visually-hidden, .skip-link, script, noscript";
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {{
    const e = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || e.closest(unseen) || !e.checkVisibility({{visibilityProperty: true}})) continue;
    const style = getComputedStyle(e), ratio = contrast(style.color, ground(e));
    const size = parseFloat(style.fontSize), bold = style.fontWeight >= 700;
    const least = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    if (ratio < least - 0.005)
      found.add(`${{ratio.toFixed(2)}} ${{e.tagName}} .${{e.className}}: ${{text.slice(0, 40)}}`);
  }}
  return [...found];
}}"""
"""Texts whose contrast is below WCAG 2's AA (1.4.3)."""
STOPS = "a[href], button, input, select, textarea, summary, [tabindex]"
LOST = f"""() => {{{CONTRAST}
  const ring = (e) => {{
    const style = getComputedStyle(e), below = ground(e.parentElement);
    const colours = [...style.boxShadow.matchAll(/(rgba?\\([^)]*\\)) 0px 0px 0px ([2-9])px/g)]
      .map(match => match[1]);
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
      colours.push(style.outlineColor);
    return Math.max(1, ...colours.map(colour => contrast(colour, below)));
  }};
  const found = [];
  let last = null;
  for (const e of document.querySelectorAll("{STOPS}")) {{
    if (e.tabIndex < 0 || e.disabled || e.type === "hidden") continue;
    if (!e.checkVisibility({{visibilityProperty: true}})) continue;
    const what = e.outerHTML.slice(0, 100).replace(/\\s+/g, " ");
    e.focus();
    if (document.activeElement !== e) {{ found.push(`not reached: ${{what}}`); continue; }}
    if (ring(e) < 3) found.push(`focus not seen (${{ring(e).toFixed(2)}}): ${{what}}`);
    const told = e.textContent.trim() ? contrast(getComputedStyle(e).color, ground(e)) : 21;
    if (told < 4.495) found.push(`pale in focus (${{told.toFixed(2)}}): ${{what}}`);
    e.scrollIntoView({{block: "nearest"}});  // of a tall field the browser shows the first line
    const box = e.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (!top || !(e.contains(top) || top.contains(e))) found.push(`covered: ${{what}}`);
    const back = last && box.bottom + scrollY <= last.top && box.left < last.right;
    if (e.tabIndex > 0 || back) found.push(`out of order: ${{what}}`);
    if (e.closest("main")) last = {{top: box.top + scrollY, right: box.right}};
  }}
  return found;
}}"""
"""What a keyboard does not reach, or not in the order that is seen, or without a ring around it.

The ring must have a contrast of 3 to what is around it (WCAG 2, 1.4.11).
"""


def offences(page: Page, *, narrow: bool) -> list[str]:
    """What is wrong with the page that is open; all of it is unfolded, its focus moves."""
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    found = [f"pale: {one}" for one in page.evaluate(PALE)]
    page.keyboard.press("Tab")  # from here on the browser shows where the focus is
    first = page.evaluate("document.activeElement.getAttribute('href')")
    if page.locator("nav").count() and first != "#utama":
        found.append(f"the first stop is {first}")
    found += [f"keyboard: {one}" for one in page.evaluate(LOST)]
    if narrow:
        found += [f"small: {one}" for one in page.evaluate(SMALL)]
        wider = page.evaluate(WIDER)
        if wider > 0:
            found.append(f"{wider} px wider than the screen")
    return found
