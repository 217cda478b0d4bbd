"""What a browser is asked about a page that it has drawn: expressions of JavaScript, each with what is wrong."""

CUT = """() => [...document.querySelectorAll('main table, main td, main pre, main .scroll')]
  .filter((e) => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth)
  .map((e) => e.innerText.slice(0, 40))"""

BROKEN_TIMES = """() => [...document.querySelectorAll('td.time')]
  .filter((e) => e.getBoundingClientRect().height > 48).map((e) => e.innerText)"""

CONTRAST = """() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number)
      .slice(0, 3).map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const poor = [];
  for (const node of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.offsetParent) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(node.innerText.slice(0, 40));
  }
  return poor;
}"""

TOUCHING = """() => [...document.querySelectorAll('.checks .head')].filter((head) => {
  const [name, label] = [...head.children].map((e) => e.getBoundingClientRect());
  return name.right + 8 > label.left || label.right > head.getBoundingClientRect().right + 1;
}).map((head) => head.innerText)"""

CUT_OPTIONS = """() => {
  const select = document.getElementById('policy');
  const style = getComputedStyle(select);
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = style.font;
  const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 24;
  return [...select.options].map((one) => one.text).filter((text) => pen.measureText(text).width > room);
}"""
